"""When a step runs by itself: one Prefect flow run per dossier."""
