"""What a dossier is by law: events, fold, clock, codes, procedures, papers; pure."""
