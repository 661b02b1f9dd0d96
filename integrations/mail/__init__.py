"""Mail by SMTP: what peerloop has to say reaches people's mailboxes."""
