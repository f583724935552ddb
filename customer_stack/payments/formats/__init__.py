"""Pure codecs: ISO 20022 messages, NACHA files, providers' JSON, signatures of webhooks, statements as CSV and PDF."""
