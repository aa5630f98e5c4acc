"""The extension itself: setuptools still calls what pyproject.toml could say of it experimental."""

from setuptools import Extension, setup

NAMES = ("body", "jid", "module", "plain", "question", "reading", "slots", "span", "way")

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
