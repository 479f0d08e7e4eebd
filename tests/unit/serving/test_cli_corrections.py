from pathlib import Path

from typer.testing import CliRunner

from jiesu.serving import cli
from jiesu.serving.store import audit
from jiesu.serving.store.database import open_database


def test_export_is_written_and_audited(tmp_path: Path) -> None:
    address, out = f"sqlite:///{tmp_path}/house.db", tmp_path / "out.parquet"
    done = CliRunner().invoke(cli.app, ["corrections", str(out), "--database-url", address])
    assert (done.exit_code, done.stdout) == (0, f"已写出 0 件到 {out}\n")
    assert out.read_bytes()[:4] == b"PAR1"
    database = open_database(address)
    with database.read() as connection:
        (entry,) = audit.entries(connection)
    database.close()
    assert (entry.what, entry.subject, entry.detail["rows"]) == ("export", "corrections", 0)
