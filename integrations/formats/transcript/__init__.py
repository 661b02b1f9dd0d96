"""Transcripts of sessions: who said what and when, and which of it announces something to keep."""
