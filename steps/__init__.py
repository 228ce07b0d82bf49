"""What is done to a dossier: plain functions over an Office."""
