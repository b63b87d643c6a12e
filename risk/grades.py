"""The scales of long-term ratings, and how a grade ranks on them: best first."""

# S&P and Fitch; and Moody's, grade by grade the same.
_SP_AND_FITCH = "AAA AA+ AA AA- A+ A A- BBB+ BBB BBB- BB+ BB BB- B+ B B- CCC+ CCC CCC- CC C D"
_MOODYS = "Aaa Aa1 Aa2 Aa3 A1 A2 A3 Baa1 Baa2 Baa3 Ba1 Ba2 Ba3 B1 B2 B3 Caa1 Caa2 Caa3 Ca C"
RANK = {grade: rank for scale in (_MOODYS, _SP_AND_FITCH) for rank, grade in enumerate(scale.split())}
GRADES = {rank: grade for grade, rank in RANK.items()}
"""The grade of each rank, as S&P and Fitch write it."""


def counting(ratings: tuple[str, ...]) -> str:
    """The grade that several ratings come to: one itself, of two the lower, of three the middle. Empty: none known."""
    ordered = sorted((grade for grade in ratings if grade in RANK), key=RANK.__getitem__)
    if not ordered:
        return ""
    return ordered[1] if len(ordered) > 2 else ordered[-1]
