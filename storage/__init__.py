"""What is remembered: journal, read models, documents, catalogue."""
