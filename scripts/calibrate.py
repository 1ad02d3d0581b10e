"""Fit the few numbers by which `ask` tells a question that the corpus answers from one that it does not.

    python scripts/calibrate.py --indexes indexes --gold corpus/gold.jsonl [--outside FILE …]

Reads the gold questions (answerable, near, off) and, with --outside, questions about other subjects (JSON lines with
`text` or `question`), asks the index, and fits a logistic model over the signs of `answer.signs_of`. Prints the
coefficients for answer.py, and, by ten-fold cross-validation, how many of each kind are answered at several thresholds.
Questions whose demand no statement meets are refused before the model is asked, and are left out of the fit.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from calcrag.evaluate import read_gold
from calcrag.literature.answer import COEFFICIENTS, THRESHOLD, judge, signs_of
from calcrag.literature.library import Library

WEIGHTS = {"answerable": 1.0, "near": 2.0, "off": 2.0, "outside": 0.4}


def signs(library: Library, text: str) -> tuple[list[float], bool]:
    """The signs of a question in the order of COEFFICIENTS, and whether it is refused before they are looked at."""
    question = library.read(text)
    ranked = library.found(question)[1]
    strange = library.strange(question)
    verdict = judge(question, ranked, strange=strange, articles=library.index.articles)
    gated = not verdict.answered and verdict.likelihood >= THRESHOLD
    found = signs_of(question, ranked, strange=strange)
    return [found[name] for name in COEFFICIENTS], gated


def questions(gold: Path, outside: list[Path], most: int) -> list[tuple[str, str]]:
    """Kind and text of every question to fit on."""
    found = [(q.kind, q.question) for q in read_gold(gold) if q.kind != "false_premise"]
    for path in outside:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        texts = [row.get("text") or row["question"] for row in rows]
        found += [("outside", text) for text in texts[:: max(1, len(texts) // most)][:most]]
    return found


def main() -> None:
    """Fit, cross-validate, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--indexes", type=Path, default=Path("indexes"))
    parser.add_argument("--gold", type=Path, default=Path("corpus/gold.jsonl"))
    parser.add_argument("--outside", type=Path, nargs="*", default=[])
    parser.add_argument("--most", type=int, default=150, help="questions taken from each --outside file")
    arguments = parser.parse_args()
    library = Library.open(arguments.indexes)
    rows = [
        (kind, *signs(library, text)) for kind, text in questions(arguments.gold, arguments.outside, arguments.most)
    ]
    kinds = np.array([kind for kind, _, gated in rows if not gated])
    features = np.array([found for _, found, gated in rows if not gated])
    answered = kinds == "answerable"
    weights = np.array([WEIGHTS[kind] for kind in kinds])
    model = LogisticRegression(C=3, max_iter=5000).fit(features, answered, sample_weight=weights)
    print("COEFFICIENTS", {name: round(float(v), 2) for name, v in zip(COEFFICIENTS, model.coef_[0], strict=True)})
    print("INTERCEPT", round(float(model.intercept_[0]), 2))
    likelihood = np.zeros(len(kinds))
    for train, test in KFold(10, shuffle=True, random_state=0).split(features):
        fold = LogisticRegression(C=3, max_iter=5000).fit(
            features[train], answered[train], sample_weight=weights[train]
        )
        likelihood[test] = fold.predict_proba(features[test])[:, 1]
    total = {kind: sum(k == kind for k, _, _ in rows) for kind in dict.fromkeys(k for k, _, _ in rows)}
    for threshold in (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5):
        shares = {k: round(float(np.sum(likelihood[kinds == k] >= threshold)) / n, 3) for k, n in total.items()}
        print(f"answered at {threshold:.2f}", shares)


if __name__ == "__main__":
    main()
