"""Publishing to Google Sheets: read once, compare, write the difference in one batch."""
