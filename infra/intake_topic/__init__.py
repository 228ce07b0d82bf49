"""The way in by event: sealed messages of other systems become dossiers, answered."""
