"""The table of sizes and powers: every case is drawn and tested."""

from benchmarks.size_and_power import CASES, SEEDS, rejected


def test_every_case_finds_more_where_there_is_something() -> None:
    for case in CASES:
        nothing, something = (rejected(case, draws, SEEDS[1], 20) for draws in (case.nothing, case.something))
        assert nothing <= 0.25, case
        assert something >= 0.25 or case.data == "ceiling", case  # where one side ties, there is often no test
