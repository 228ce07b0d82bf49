"""Papers of `dossiers` printed as tagged PDF/A by typst."""
