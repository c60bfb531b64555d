"""All that people look at: texts in both languages, printed tables, JSON, CSV, spreadsheets."""
