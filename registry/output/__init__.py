"""Workbooks in and out. The only room that imports openpyxl and calamine; it knows no word of the domain.

This face imports nothing, so that the child process of the reader starts fast.
"""
