"""Which number to call for an ambulance, by country. A default only: the person's own setting always wins.

Sources: 112 in the EU: Directive (EU) 2018/1972, article 109; Iceland, Liechtenstein, Norway and Switzerland use it
too. 112 elsewhere: 3GPP TS 22.101, section 10, has every mobile phone treat 112 and 911 as emergency numbers, so it is
the best guess for a country that is not listed. The others are the national numbers published by each country.
Where a country has several, the one that brings an ambulance is listed.
"""

from collections.abc import Mapping

FALLBACK = "112"
"""For countries that are not listed, and for no country at all."""

COUNTRIES: Mapping[str, str] = {
    "112": "AT BE BG CH CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK",
    "999": "GB GG IM JE HK MY",
    "911": "US CA MX PR",
    "119": "KR JP TW",
    "000": "AU",
    "111": "NZ",
    "995": "SG",
    "120": "CN",
    "192": "BR",
}
"""Number -> the ISO 3166-1 alpha-2 codes of the countries that use it."""

BY_COUNTRY: Mapping[str, str] = {code: number for number, codes in COUNTRIES.items() for code in codes.split()}

ONE_COUNTRY_LANGUAGES: Mapping[str, str] = {"ko": "KR", "ja": "JP"}
"""Languages that name their country well enough when the locale has none."""


def emergency_number(locale: str) -> str:
    """The number for `en_GB.UTF-8`, `en-GB`, `ko`, or a bare country (`GB`); `FALLBACK` when nothing fits."""
    name = locale.split(".")[0].split("@")[0].replace("-", "_")
    language, *rest = name.split("_")
    if not rest and language.isupper():
        return BY_COUNTRY.get(language, FALLBACK)
    # The last two-letter part is the country: `zh_Hant_TW` has a script between.
    country = next((part.upper() for part in reversed(rest) if len(part) == 2), "")
    return BY_COUNTRY.get(country or ONE_COUNTRY_LANGUAGES.get(language.lower(), ""), FALLBACK)
