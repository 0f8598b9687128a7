"""What of the SOAP API is still spoken? Sign-in and sign-out, who and when, and the record calls of the partner API."""
