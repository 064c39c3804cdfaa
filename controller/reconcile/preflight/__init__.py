"""WHAT AZURE WOULD REFUSE OR LOSE, said before any write. Pure; KQL is checked through a port."""
