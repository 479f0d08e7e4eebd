"""`jiesu mass`: a file of messages in, hot issues out as JSON lines, a workbook and a page."""
