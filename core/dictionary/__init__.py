"""The dictionary of metrics: what every KPI means and is made of, as pages and as drawings.

It takes a catalog in and gives text back. Nothing here reads a database, a clock or a file.
"""
