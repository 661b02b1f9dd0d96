"""The embedded default: calendar files, a folder of Markdown pages and an outbox, all in one data folder."""
