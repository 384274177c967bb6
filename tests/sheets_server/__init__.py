"""A Google Sheets server for tests: loopback HTTP with state that the real gspread and google-auth talk to."""
