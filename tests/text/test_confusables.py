from xmppfilter.text.fold import _look_alikes, fold_compatibility


def test_the_table_is_over_folded_characters_and_followed_to_the_end() -> None:
    alike = _look_alikes()
    assert len(alike) > 2000
    for char, target in alike.items():
        assert len(char) == 1
        assert not char.isascii()
        assert fold_compatibility(char) == char
        assert "".join(alike.get(c, c) for c in target) == target
