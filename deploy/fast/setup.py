"""The extension itself: setuptools still calls what pyproject.toml could say of it experimental."""

from setuptools import Extension, setup

NAMES = (
    "body", "fold", "hits", "jid", "letters", "made", "module", "owners", "plain", "question", "reading", "runs",
    "slots", "spaces", "span", "way",
)  # fmt: skip

setup(
    ext_modules=[
        Extension(
            "xmppfilter_fast",
            [f"src/{name}.c" for name in NAMES],
            depends=["src/fast.h", "src/question.h", "src/way.h"],
            extra_compile_args=["-std=c11", "-fvisibility=hidden"],
        )
    ]
)
