"""The accuracy bench measures what is there, and says what is not."""

import json
import sys
from pathlib import Path

import pytest

from tests.bench import accuracy

BASES = [
    "Earn money at home, two hours a day, paid every evening, no experience wanted, write to our manager right now.",
    "Your parcel could not be delivered because a small fee is missing, please pay it within two days or it goes back.",
]
HAM = ["Hi Tom, the train was late again so I only got home at nine.", "See you at the zoo on Saturday then?"]


def corpora(folder: Path) -> Path:
    rows = [{"cluster": number, "op": "base", "text": text} for number, text in enumerate(BASES)]
    rows += [{"cluster": number, "op": "case", "text": text.upper()} for number, text in enumerate(BASES)]
    (folder / "variation").mkdir()
    (folder / "variation" / "mutants_dev.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "sms").mkdir()
    (folder / "sms" / "some.tsv").write_text(
        "".join(f"ham\t{text}\n" for text in HAM) + "spam\tBuy\n", encoding="utf-8"
    )
    (folder / "youtube").mkdir()
    (folder / "youtube" / "a.csv").write_text('CONTENT,CLASS\n"Nice, song",0\nClick,1\n', encoding="utf-8")
    return folder


def test_it_measures_what_is_there(tmp_path: Path) -> None:
    result = accuracy.run(corpora(tmp_path))
    assert (result["missing"], result["ham"], result["mutants"]) == ([], 3, 4)
    assert result["mutants on file"]["recall"] == 1.0
    assert result["mutants on file"]["ham_matching_spam"] == 0.0
    assert result["other operators"]["recall"] > 0.9
    assert result["disguises"]["recall"] > 0.8
    assert result["disguised copies of disguised texts"]["letters starred"] == 1.0
    assert result["folding"] == {"case": 1.0}


def test_a_small_wave_comes_at_two_paces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--data", str(corpora(tmp_path)), "--users", "0", "--messages", "48"]
    monkeypatch.setattr(sys, "argv", ["accuracy", *arguments])
    accuracy.main()
    printed = capsys.readouterr().out.split("\n")
    assert [line.partition(":")[0] for line in printed if "spam messages pass" in line] == ["hour", "fortnight"]


@pytest.mark.parametrize("arguments", [["--data", "/nonexistent"], []])
def test_it_says_what_is_missing(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["accuracy", *arguments])
    monkeypatch.setenv("XMPPFILTER_DATA", str(tmp_path))
    with pytest.raises(SystemExit, match=r"--data|XMPPFILTER_DATA"):
        accuracy.main()
