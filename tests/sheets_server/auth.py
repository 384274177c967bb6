"""Signing in as a service account: a key of this server's own, assertions signed by it, tokens that expire."""

import base64
import json
import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt

from tests.sheets_server.model import ApiError, Json

ADDRESS = "kpi-factory@test.iam.example"
LIFETIME = 3600
SKEW = 600  # seconds that a clock may be off
_GOOGLE = "https://oauth2.googleapis.com/token"  # what google-auth always says
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@cache
def _new_key() -> rsa.RSAPrivateKey:
    """One a process, and a small one: it guards nothing, and tests read it a thousand times."""
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


class Door:
    """Who may come in. `now` is the server's clock in seconds since 1970."""

    def __init__(self, now: Callable[[], float], *, strict: bool) -> None:
        self.now = now
        self.strict = strict
        self.lifetime = LIFETIME
        self._key = _new_key()
        self._tokens: dict[str, float] = {}

    def key(self, url: str) -> Json:
        """The content of a service account's key file."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "project_id": "test",
            "private_key_id": "test-key",
            "private_key": pem.decode(),
            "client_email": ADDRESS,
            "client_id": "1",
            "auth_uri": f"{url}/auth",
            "token_uri": f"{url}/token",
        }

    def write_key(self, url: str, path: Path) -> Path:
        path.write_text(json.dumps(self.key(url)), encoding="utf-8")
        path.chmod(0o600)
        return path

    def token(self, body: bytes, url: str) -> tuple[int, Json]:
        """The answer of the token endpoint."""
        given = parse_qs(body.decode(errors="replace"))
        if given.get("grant_type") != [_GRANT]:
            return 400, {
                "error": "unsupported_grant_type",
                "error_description": f"Invalid grant_type: {given.get('grant_type')}",
            }
        public = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        try:
            claims = jwt.decode(given["assertion"][0], verify=False)
            if not crypt.verify_signature(_signed(given["assertion"][0]), _signature(given["assertion"][0]), [public]):
                raise ValueError("signature")
            issued, expires = float(claims["iat"]), float(claims["exp"])
        except (ValueError, KeyError, TypeError):
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        if claims.get("iss") != ADDRESS or claims.get("aud") not in (_GOOGLE, f"{url}/token"):
            return 400, {"error": "invalid_grant", "error_description": "Invalid grant: account not found"}
        if not issued - SKEW <= self.now() <= expires + SKEW or expires - issued > LIFETIME + 5:
            told = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
            return 400, {
                "error": "invalid_grant",
                "error_description": told + "Check your iat and exp values in the JWT claim.",
            }
        token = f"test.{secrets.token_urlsafe(24)}"
        self._tokens[token] = self.now() + self.lifetime
        return 200, {"access_token": token, "expires_in": self.lifetime, "token_type": "Bearer"}

    def forget_tokens(self) -> None:
        self._tokens.clear()

    def admit(self, header: str) -> None:
        """Raises ApiError for a token that this server did not give out or that has expired; unless it is lenient."""
        if not self.strict:
            return
        kind, _, token = header.partition(" ")
        if kind != "Bearer" or self._tokens.get(token, 0) <= self.now():
            raise ApiError(
                401,
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
                "valid authentication credential.",
            )


def _signed(assertion: str) -> bytes:
    return assertion.rpartition(".")[0].encode()


def _signature(assertion: str) -> bytes:
    text = assertion.rpartition(".")[2]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
