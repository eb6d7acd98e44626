"""Logging in at the company's own: OpenID Connect, by authorization code with PKCE.

A browser is sent to the company's log-in service with an errand, and comes back with it and a code. The
code is changed for an ID token, whose signature, issuer, audience, time and nonce are looked at (OpenID
Connect Core 1.0, 3.1.3.7); one of its claims names the account.
"""

from __future__ import annotations

import os
import secrets
import threading
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.review.accounts import fits
from pipeline.settings.mail import is_address
from pipeline.settings.review import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from authlib.integrations.httpx_client import OAuth2Client

    from pipeline.settings import OidcSettings

PATIENCE = 10.0
"""Seconds in which the service has to answer."""
LEEWAY = 60
"""Seconds by which its clock may differ."""
_BYTES = 32
_DISCOVERY = "/.well-known/openid-configuration"
_ADDRESSES = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
"""What it has to say of itself."""
BACK = "oidc/back"
"""Where a browser comes back to."""


class AwayError(Exception):
    """The service does not answer, or not as its kind does."""


class LoginRefusedError(Exception):
    """It has logged nobody in; or whom it names cannot be believed."""


@dataclass(frozen=True)
class Arrival:
    """Whom the service has logged in: his account's name here, and all that it says of him."""

    name: str
    claims: Mapping[str, Any]

    @property
    def mail(self) -> str:
        """The address that the service has verified; empty where it has none."""
        told = self.claims.get("email")
        verified = self.claims.get("email_verified") is True
        return told if verified and isinstance(told, str) and is_address(told) else ""


@dataclass(frozen=True)
class Errand:
    """What goes along with a browser and has to come back with it; each is used once."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Errand:
        """An errand that nobody can guess."""
        return cls(*(secrets.token_urlsafe(_BYTES) for _ in range(3)))

    @classmethod
    def read(cls, written: str) -> Errand | None:
        """What was written into a cookie; None where that is none."""
        parts = written.split(".")
        return cls(*parts) if len(parts) == 3 and all(parts) else None

    def as_cookie(self) -> str:
        """It, for a cookie."""
        return ".".join(astuple(self))


class Provider:
    """The company's log-in service, asked for its own addresses and keys when they are first needed."""

    def __init__(self, settings: OidcSettings) -> None:
        """Raises ``ConfigurationError`` where packages or the secret are missing."""
        try:
            import authlib.integrations.httpx_client  # noqa: F401
        except ImportError as error:
            raise ConfigurationError(
                tr("oidc needs more packages; first: pip install 'callqa[oidc]'")
            ) from error
        self._settings = settings
        self._secret = _secret(settings)
        self._guard = threading.Lock()
        self._known: dict[str, Any] = {}

    def way(self, errand: Errand) -> str:
        """The address to which a browser is sent; ``AwayError``."""
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._metadata()["authorization_endpoint"],
                state=errand.state,
                nonce=errand.nonce,
                code_verifier=errand.verifier,
            )
        return str(address)

    def way_out(self) -> str | None:
        """Where a browser is sent to be logged out there too (OpenID Connect RP-Initiated Logout 1.0).

        None where the settings do not have it so, or the service has no such place; ``AwayError``.
        """
        place = self._metadata().get("end_session_endpoint") if self._settings.logout else None
        if not isinstance(place, str):
            return None
        back = f"{self._settings.address}/login"
        said = urlencode({"client_id": self._settings.client_id, "post_logout_redirect_uri": back})
        return f"{place}{'&' if '?' in place else '?'}{said}"

    def arrival(self, address: str, errand: Errand) -> Arrival:
        """Whom the service has logged in, by the address at which the browser came back.

        Raises ``LoginRefusedError`` and ``AwayError``.
        """
        import httpx2
        from authlib.common.errors import AuthlibBaseError
        from joserfc.errors import JoseError

        metadata = self._metadata()
        try:
            with self._client() as client:
                token = client.fetch_token(
                    metadata["token_endpoint"],
                    authorization_response=address,
                    state=errand.state,
                    code_verifier=errand.verifier,
                )
            claims = self._claims(token, errand)
        except httpx2.HTTPError as error:
            raise AwayError(str(error)) from error
        except (AuthlibBaseError, JoseError, KeyError, ValueError, TypeError) as error:
            raise LoginRefusedError(f"{type(error).__name__}: {error}") from error
        return Arrival(self._name(claims), claims)

    def _name(self, claims: Mapping[str, Any]) -> str:
        """The account that is named; an address of mail that nobody has verified names none."""
        claim = self._settings.claim
        name = claims.get(claim)
        if not isinstance(name, str) or not fits(name):
            raise LoginRefusedError(f"the ID token has no {claim} that can name an account")
        if claim == "email" and claims.get("email_verified") is False:
            raise LoginRefusedError("the e-mail address is not verified")
        return name

    def _claims(self, token: Mapping[str, Any], errand: Errand) -> Mapping[str, Any]:
        """What an ID token says, once it is believed."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError
        from joserfc.jwk import KeySet
        from joserfc.jws import JWSRegistry

        metadata = self._metadata()
        signed = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
        registry = JWSRegistry(
            algorithms=[one for one in signed if one != "none" and not one.startswith("HS")],
            strict_check_header=False,
        )
        try:
            read = jwt.decode(
                token["id_token"], KeySet.import_key_set(self._keys()), registry=registry
            )
        except InvalidKeyIdError:  # the service has new keys
            keys = KeySet.import_key_set(self._keys(anew=True))
            read = jwt.decode(token["id_token"], keys, registry=registry)
        wanted = {
            "iss": {"essential": True, "value": metadata["issuer"]},
            "aud": {"essential": True, "value": self._settings.client_id},
            "nonce": {"essential": True, "value": errand.nonce},
        }
        params = {
            "nonce": errand.nonce,
            "client_id": self._settings.client_id,
            "access_token": token["access_token"],
        }
        claims = CodeIDToken(read.claims, read.header, wanted, params)
        claims.validate(leeway=LEEWAY)
        return claims

    def _metadata(self) -> Mapping[str, Any]:
        found = self._document("metadata", self._settings.issuer + _DISCOVERY)
        if not (isinstance(found, dict) and all(isinstance(found.get(k), str) for k in _ADDRESSES)):
            raise AwayError(f"{self._settings.issuer} is no OpenID Connect provider")
        if found["issuer"].rstrip("/") != self._settings.issuer:
            raise AwayError(f"it calls itself {found['issuer']}")
        return found

    def _keys(self, *, anew: bool = False) -> Any:
        return self._document("keys", self._metadata()["jwks_uri"], anew=anew)

    def _document(self, name: str, address: str, *, anew: bool = False) -> Any:
        """A JSON document of the service, asked for once."""
        import httpx2

        with self._guard:
            if anew or name not in self._known:
                try:
                    answer = httpx2.get(address, timeout=PATIENCE, follow_redirects=True)
                    self._known[name] = answer.raise_for_status().json()
                except (httpx2.HTTPError, ValueError) as error:
                    raise AwayError(str(error)) from error
            return self._known[name]

    def _client(self) -> OAuth2Client:
        from authlib.integrations.httpx_client import OAuth2Client

        return OAuth2Client(
            self._settings.client_id,
            self._secret or None,
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            scope=self._settings.scope,
            redirect_uri=f"{self._settings.address}/{BACK}",
            code_challenge_method="S256",
            timeout=PATIENCE,
        )


def _secret(settings: OidcSettings) -> str:
    if not settings.client_secret:
        return ""
    name = settings.client_secret.removeprefix(VARIABLE)
    told = os.environ.get(name, "").strip()
    if not told:
        raise ConfigurationError(
            tr(
                "oidc.client_secret: the environment variable {name} is not set; it should hold the "
                "secret of {client}",
                name=name,
                client=settings.client_id,
            )
        )
    return told
