"""What somebody may do here, by what the company's log-in or a gateway says of him: `[[oidc.roles]]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.review.accounts import Duty, User, fits
from pipeline.review.company import NotLetInError, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.settings import OidcSettings, ServeSettings
    from pipeline.settings.review import GroupSettings


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What is said of somebody: his groups, and what names a lead's team and an agent's id."""

    groups: Any
    team: Any
    agent: Any


def said_by_claims(claims: Mapping[str, Any], settings: OidcSettings) -> Claims:
    """What an ID token says."""
    return Claims(
        groups=claim(claims, settings.groups_claim),
        team=claim(claims, settings.team_claim),
        agent=claim(claims, settings.agent_claim),
    )


def said_by_headers(told: Callable[[str], str], settings: ServeSettings) -> Claims:
    """What a gateway says; ``told``: what stands in a header, empty where it is not there."""
    groups = told(settings.groups_header).split(settings.groups_separator)
    return Claims(
        groups=[one.strip() for one in groups],
        team=told(settings.team_header),
        agent=told(settings.agent_header),
    )


def account_for(name: str, said: Claims, roles: Sequence[GroupSettings]) -> User:
    """The account that he comes by; of several groups the first one of the settings counts.

    Raises ``NotLetInError`` where he is in none of them, and where a lead's team or an agent's id is
    not said.
    """
    groups = _groups(said.groups)
    own = next((one for one in roles if one.group in groups), None)
    if own is None:
        raise NotLetInError(Why.NO_GROUP)
    duty, team, agent = Duty(own.role), "", ""
    if duty is Duty.LEAD:
        team = own.team or _single_text(said.team, Why.NO_TEAM)
    if duty is Duty.AGENT:
        agent = _single_text(said.agent, Why.NO_AGENT)
    return User(name=name, duty=duty, team=team, agent_id=agent)


def claim(claims: Mapping[str, Any], path: str) -> Any:
    """What a claim says: by its whole name, else by a path of names between dots; None for none.

    A name may have dots itself: `https://example.com/roles`, `resource_access.my.client.roles`.
    """
    if path in claims:
        return claims[path]
    for at in (place for place, sign in enumerate(path) if sign == "."):
        inner = claims.get(path[:at])
        if isinstance(inner, Mapping) and (found := claim(inner, path[at + 1 :])) is not None:
            return found
    return None


def _groups(said: Any) -> frozenset[str]:
    """The groups of a list, or the one that a string names; what is neither is none."""
    listed = said if isinstance(said, list) else [said]
    return frozenset(one for one in listed if isinstance(one, str))


def _single_text(said: Any, lacking: Why) -> str:
    """A text, or the only one of a list; ``NotLetInError`` for what cannot be a team or an id."""
    only = said[0] if isinstance(said, list) and len(said) == 1 else said
    if not isinstance(only, str) or not fits(only):
        raise NotLetInError(lacking)
    return only
