"""``python -m routing.exchange``: the simulated venues. ``manage.py exchange`` is the same, with our settings."""

import argparse
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from routing.exchange.server import Config, serve


def parse(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Config:
    """The configuration in ``arguments``, with the environment's OMS_HOME, FIX_PORT, FIX_HOST and OMS_TAPE*."""
    parser = argparse.ArgumentParser(prog="exchange", description=__doc__)
    add_arguments(parser, environment)
    return config(parser.parse_args(arguments))


def add_arguments(parser: argparse.ArgumentParser, environment: Mapping[str, str] = os.environ) -> None:
    """The options, with their defaults from the environment."""
    home = Path(environment.get("OMS_HOME", ".oms")) / "exchange"
    parser.add_argument("--home", type=Path, default=home, help="journal, FIX store, universe.csv")
    parser.add_argument("--host", default=environment.get("FIX_HOST", "127.0.0.1"), help="address to listen on")
    parser.add_argument("--port", type=int, default=int(environment.get("FIX_PORT", "9870")))
    parser.add_argument("--universe", type=Path, default=None, help="another file than HOME/universe.csv")
    parser.add_argument("--rate", type=float, default=20.0, help="moves a second over all symbols; 0 freezes quotes")
    parser.add_argument("--seed", type=int, default=1, help="equal seeds give equal markets")
    parser.add_argument(
        "--tape", action="append", metavar="SYMBOL=FILE", help="play a recorded top of book",
        default=[part for part in environment.get("OMS_TAPE", "").split(",") if part],
    )  # fmt: skip
    parser.add_argument(
        "--fix-version", action="append", metavar="MIC=VERSION", default=[],
        help="a venue that speaks FIX.4.2 or FIX.5.0SP2",
    )  # fmt: skip
    speed = float(environment.get("OMS_TAPE_SPEED", "5"))
    parser.add_argument("--speed", type=float, default=speed, help="rows of the tape a second")


def config(options: argparse.Namespace) -> Config:
    """The options as the venues take them."""
    tapes = {symbol: Path(file) for symbol, _, file in (one.partition("=") for one in options.tape)}
    versions = {mic: version for mic, _, version in (one.partition("=") for one in options.fix_version)}
    return Config(
        options.home, options.port, options.host, options.universe, options.rate, options.seed, tapes, options.speed,
        versions=versions,
    )  # fmt: skip


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="{asctime} {levelname} {name} {message}", style="{")
    serve(parse(sys.argv[1:]))
    # QuickFIX's destructors race with the interpreter's end.
    logging.shutdown()
    os._exit(0)
