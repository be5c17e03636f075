"""GitHub: requests with patience, commits through the git data API, and one pull request (DESIGN §9)."""
