"""Runs a vendor's own test suite against the built server.

    python tests/suites/run.py oss2            tests of the source package of `oss2` on PyPI
    python tests/suites/run.py rust-sdk        tests of the crate `aliyun-log-rust-sdk`

The package is fetched when it is run and never kept in this repository. `<suite>.json` beside this file names every test
that does not apply or is answered otherwise here, and why; whole files by a part of their name. All others must pass, and
one that is named must not: a list that has become wrong is a failure, too. A rule with a message excuses failures that say it.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))

from cairn_server import REPOSITORY, Cairn  # noqa: E402

WORK = REPOSITORY / "target" / "suites"
LIMIT_S = 3_600


def fetch_from_pypi(package):
    """The folder of a source package."""
    folder = WORK / package
    if not folder.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        name, version = package.split("==")
        with tempfile.TemporaryDirectory(dir=WORK) as fresh:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", fresh]
            subprocess.run([*pip, package], check=True)
            (archive,) = Path(fresh).glob("*.tar.gz")
            with tarfile.open(archive) as packed:
                packed.extractall(fresh, filter="data")
            shutil.move(Path(fresh) / f"{name}-{version}", folder)
    return folder


def fetch_crate(name, version):
    """A copy of a crate that can be built: cargo's own is not to be written to."""
    folder = WORK / f"{name}-{version}"
    if not folder.exists():
        probe = WORK / "probe"
        (probe / "src").mkdir(parents=True, exist_ok=True)
        (probe / "src" / "lib.rs").touch()
        manifest = f'[package]\nname = "probe"\nedition = "2024"\n[dependencies]\n{name} = "={version}"\n[workspace]\n'
        (probe / "Cargo.toml").write_text(manifest)
        subprocess.run(["cargo", "fetch", "--quiet"], cwd=probe, check=True)
        described = subprocess.run(["cargo", "metadata", "--format-version", "1"], cwd=probe, check=True, capture_output=True)
        packages = json.loads(described.stdout)["packages"]
        source = next(Path(package["manifest_path"]).parent for package in packages if package["name"] == name)
        shutil.copytree(source, folder)
        with open(folder / "Cargo.toml", "a") as file:
            file.write("\n[workspace]\n")
    return folder


def needs(*packages):
    """A folder with packages that a suite imports and its package does not bring."""
    folder = WORK / "needs"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(folder)]
    subprocess.run([*pip, *packages], check=True)
    return str(folder)


def run_oss2(cairn):
    """Outcome of each test: passed, failed or skipped."""
    folder, report = fetch_from_pypi("oss2==2.19.1"), WORK / "oss2.xml"
    environment = {
        **cairn.environment(),
        "PYTHONPATH": os.pathsep.join([needs("mock==5.2.0"), str(HERE)]),
        # The names of the cloud are resolved by nobody: the server is the proxy.
        "http_proxy": cairn.endpoint,
        "OSS_TEST_ENDPOINT": "http://oss-cn-hangzhou.aliyuncs.com",
        "OSS_TEST_ACCESS_KEY_ID": cairn.root.key_id,
        "OSS_TEST_ACCESS_KEY_SECRET": cairn.root.secret,
        "OSS_TEST_REGION": "cn-hangzhou",
        "OSS_TEST_BUCKET": "suite-",
        "OSS_TEST_UID": cairn.account,
    }
    skipped = [rule["tests"] for rule in rules("oss2") if rule.get("run") is False]
    files = sorted(path.name for path in (folder / "tests").glob("test_*.py"))
    files = [f"tests/{name}" for name in files if not any(part in name for part in skipped)]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:logging", "-p", "no:cacheprovider", "--tb=line", "-p", "oss2_cleanup",
               f"--junitxml={report}"]
    subprocess.run([*command, *files], cwd=folder, env=environment, timeout=LIMIT_S)
    outcomes = {}
    for case in xml.parse(report).iter("testcase"):
        kinds = {child.tag: child.get("message", "") for child in case}
        failed = kinds.get("failure", kinds.get("error"))
        outcome = ("failed", failed) if failed is not None else ("skipped" if "skipped" in kinds else "passed", "")
        # The class of a case is tests.FILE.CLASS.
        file = [*(case.get("classname") or "").split("."), ""][1]
        outcomes[f"{file}.{case.get('name')}"] = outcome
    return outcomes


def run_rust_sdk(cairn):
    folder = fetch_crate("aliyun-log-rust-sdk", "0.3.3")
    project, logstore = "suite-project", "suite-logs"
    cairn.cli("log", "create", project, logstore, "--endpoint", cairn.endpoint, "--access-key-id", cairn.root.key_id,
              "--access-key-secret", cairn.root.secret)
    environment = {
        **cairn.environment(), "http_proxy": cairn.endpoint, "ENDPOINT": "cn-hangzhou.log.aliyuncs.com",
        "ACCESS_KEY_ID": cairn.root.key_id, "ACCESS_KEY_SECRET": cairn.root.secret, "PROJECT": project, "LOGSTORE": logstore,
        "CARGO_TARGET_DIR": str(WORK / "rust-target"),
    }
    command = ["cargo", "test", "--no-fail-fast", "--tests", "--", "--test-threads=1"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT_S)
    (WORK / "rust-sdk.log").write_text(done.stdout + done.stderr)
    # The name of a file stands on the other stream, in the same order as the results.
    names = re.findall(r"Running (?:unittests )?(?:src|tests)/(\S+)\.rs", done.stderr)
    parts = re.split(r"^running \d+ tests?$", done.stdout, flags=re.M)[1:]
    results = [re.findall(r"^test (\S+) \.\.\. .*?\b(ok|FAILED|ignored)$", part, re.M | re.S) for part in parts]
    words = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}
    return {f"{file}.{test}": (words[word], "") for file, tests in zip(names, results) for test, word in tests}


def rules(suite):
    return json.loads((HERE / f"{suite.replace('-', '_')}.json").read_text())["not_applicable"]


def judge(suite, outcomes):
    """Prints what is not as it should be; how much that is."""
    known = rules(suite)
    wrong = []
    for test, (outcome, message) in sorted(outcomes.items()):
        rule = next((rule for rule in known if rule["tests"] == test and "message" not in rule), None)
        # A test that draws lots fails for one known reason, or not at all.
        excuses = [rule["message"] for rule in known if "message" in rule and test.startswith(rule["tests"])]
        if outcome == "failed" and rule is None and not any(excuse in message for excuse in excuses):
            wrong.append(f"FAILED {test}: {message[:200]}")
        if outcome == "passed" and rule is not None:
            wrong.append(f"PASSED although {rule['tests']!r} does not apply ({rule['why']}): {test}")
    print("\n".join(wrong))
    counts = {word: sum(outcome == word for outcome, _ in outcomes.values()) for word in ("passed", "failed", "skipped")}
    print(f"{suite}: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped; {len(wrong)} not as listed")
    return len(wrong) if outcomes else 1


def main():
    suites = {"oss2": run_oss2, "rust-sdk": run_rust_sdk}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", choices=sorted(suites))
    suite = parser.parse_args().suite
    with tempfile.TemporaryDirectory() as folder:
        cairn = Cairn(Path(folder) / "own").start()
        try:
            outcomes = suites[suite](cairn)
        finally:
            cairn.kill()
    sys.exit(1 if judge(suite, outcomes) else 0)


if __name__ == "__main__":
    main()
