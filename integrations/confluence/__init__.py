"""Confluence, Cloud and Data Center: a page a session in a space, below a page that the team's file names.

atlassian-python-api, which carries the requests, is loaded with the first of them, not with these modules.
"""
