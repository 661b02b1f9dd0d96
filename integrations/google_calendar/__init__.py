"""Google Calendar: a team's sessions in a calendar of Google's, for which nobody has to install anything.

Google's own libraries are loaded with the first call to Google, not with these modules.
"""
