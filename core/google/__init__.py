"""The one Google Sheets client: thin over gspread, patient within a budget, polite to the quota."""
