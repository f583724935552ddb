"""Pure codecs: a mail as RFC 5322 says, and the forms of an SMS vendor's HTTP interface."""
