"""Translation services besides Amazon's: each module knows one protocol, `texts` what they share."""
