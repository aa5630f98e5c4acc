"""What the configuration says of bans where it says nothing."""

from xmppfilter.registers.terms import OTHER, REPORT, SOFT, SURE, Terms


def test_one_sure_offence_is_enough_and_ten_reports_are_one() -> None:
    weights = Terms().weights
    assert weights[OTHER] == 10 * weights[REPORT] == 10 * weights[SOFT] == SURE
