"""Stanzas that are made to be dear: what stands in the message, by what it is."""

HOSTILE = {
    "a body of 200 kB": f"<body>{'spam ' * 40_000}</body>",
    "10,000 links": f"<body>{'http://evil.example/x ' * 10_000}</body>",
    "10,000 children": "<a/>" * 10_000,
    "10,000 bodies": "<body>x</body>" * 10_000,
    "2,000 long bodies": f"<body>{'Buy this, now, ' * 8}</body>" * 2_000,
    "10,000 deep": "<a>" * 10_000 + "</a>" * 10_000,
    "10,000 messages deep": "<message>" * 10_000 + "</message>" * 10_000,
    "10,000 entities": f"<body>{'&#x26;&lt;' * 10_000}</body>",
    "CDATA": f"<body><![CDATA[{'</message>' * 20_000}]]></body>",
    "64 KiB of ligatures": "<body>" + "\ufdfa" * 21_845 + "</body>",
    "64 KiB of marks": "<body>a" + "\u0301" * 32_000 + "</body>",
    "10,000 braces in namespaces": "<x xmlns='}'><y z='1'/></x>" * 10_000,
    "10,000 invitations": "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='a@b.example'/></x>" * 10_000,
}
