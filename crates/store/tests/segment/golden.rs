//! Files of every version open for ever.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use store::segment::{NamedFile, check_segment, rebuild_sidecar};
use store::{Cursor, Direction, Segment};

use crate::common::*;

/// The version that is written.
const LATEST: u32 = 2;

fn path(version: u32, extension: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/version-{version}"));
    folder.join(format!("segment.{extension}"))
}

fn rows() -> Vec<ModelRow> {
    (0..300u64)
        .map(|n| {
            let cursor = Cursor { time_s: 1_772_352_000 + (n / 3) as i64, position: n + 1 };
            let name = (n % 7 != 0).then_some(["CreateUser", "DeleteUser", "ListUsers"][n as usize % 3]);
            let scope = if n % 4 == 0 { "a" } else { "b" };
            let tags = [&["x"][..], &[], &["x", "y"]][n as usize % 3];
            ModelRow::new(cursor, scope, name, &format!("id-{n:04}"), tags, "呼叫中心 \"quoted\" ok")
        })
        .collect()
}

#[test]
fn every_version_answers() {
    (1..=LATEST).for_each(answers);
}

fn answers(version: u32) {
    let file = |extension| {
        let path = path(version, extension);
        NamedFile::new(&path.to_string_lossy(), Arc::new(std::fs::File::open(&path).unwrap()))
    };
    let damages = check_segment(&file("idx"), &file("parquet"), &*schema());
    assert!(damages.is_empty(), "{damages:?}");
    let segment = Segment::open(file("idx"), file("parquet"), schema()).unwrap();
    assert_eq!((segment.row_count(), segment.time_range_s()), (300, (1_772_352_000, 1_772_352_099)));
    assert_eq!(segment.position_range(), (1, 300));
    let all = ModelQuery::everything(Direction::Backward);
    for query in [
        all.clone(),
        ModelQuery { all_of: vec![(NAME, "ListUsers".to_owned()), (TAGS, "y".to_owned())], ..all.clone() },
        ModelQuery { all_of: vec![(ID, "id-0123".to_owned())], ..all.clone() },
        ModelQuery { texts: vec!["叫中心".to_owned(), "OK".to_owned()], limit: 7, ..all },
    ] {
        let expected = query.naive(&rows());
        assert!(!expected.is_empty());
        let page = query.ask(&segment).unwrap();
        assert_eq!(page.rows, expected[..expected.len().min(query.limit)], "version {version}");
    }
}

/// The bytes of the latest version do not drift; those of earlier ones are compared by the check above.
#[test]
fn a_rebuild_gives_the_golden_sidecar() {
    let parquet = Bytes::from(std::fs::read(path(LATEST, "parquet")).unwrap());
    let rebuilt = rebuild_sidecar("segment.parquet", &parquet, &*schema()).unwrap();
    assert!(rebuilt == std::fs::read(path(LATEST, "idx")).unwrap());
}

/// Writes the golden files anew. Run by hand, once for every new format version.
#[test]
#[ignore = "writes into the source tree"]
fn write_golden() {
    let built = build(&rows(), &*schema());
    std::fs::create_dir_all(path(LATEST, "idx").parent().unwrap()).unwrap();
    std::fs::write(path(LATEST, "idx"), built.sidecar).unwrap();
    std::fs::write(path(LATEST, "parquet"), built.parquet).unwrap();
}
