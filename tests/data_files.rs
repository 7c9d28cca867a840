//! Data files as they come: every valid form loads to the right numbers, and every damaged or wrong file is refused
//! with a message that names the file, the place, and what was expected. Nothing panics and nothing is unpacked beyond
//! what its header announces.

use std::fs;
use std::io::Write;
use std::path::Path;

use dropscope::data::{Dataset, Spec, Split, SplitPlan, Targets, load};
use dropscope::math::random::Key;
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

const ALL: SplitPlan = SplitPlan {
    n_train: None,
    n_test: None,
    label_noise: 0.0,
};

fn load_spec(text: &str, plan: &SplitPlan) -> Result<Split, String> {
    let spec: Spec = text.parse().expect("the spec is well formed");
    load(&spec, plan, Key::new(1)).map_err(|error| error.to_string())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

/// An IDX file: its element type, its dimensions, and the bytes of its elements.
fn idx(code: u8, dims: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, dims.len() as u8];
    bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    bytes.extend(data);
    bytes
}

/// Images of 2x2 pixels, four of them.
fn images() -> Vec<u8> {
    idx(
        8,
        &[4, 2, 2],
        &[0, 51, 102, 255, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3],
    )
}

fn labels() -> Vec<u8> {
    idx(8, &[4], &[0, 1, 2, 1])
}

fn load_pair(dir: &Path, images: (&str, &[u8]), labels: (&str, &[u8])) -> Result<Split, String> {
    for (name, bytes) in [images, labels] {
        fs::write(dir.join(name), bytes).expect("a file in a fresh directory");
    }
    let spec = format!(
        "idx:{},{}",
        dir.join(images.0).display(),
        dir.join(labels.0).display()
    );
    load_spec(&spec, &ALL)
}

/// Every example of a split, as (inputs, class), in a fixed order.
fn examples(split: &Split) -> Vec<(Vec<f32>, u32)> {
    let of = |part: &Dataset| -> Vec<(Vec<f32>, u32)> {
        let Targets::Classes { labels, .. } = &part.targets else {
            panic!("classes")
        };
        (0..part.len())
            .map(|index| (part.item(index).to_vec(), labels[index]))
            .collect()
    };
    let mut all = [of(&split.train), of(&split.test)].concat();
    all.sort_by(|a, b| a.partial_cmp(b).expect("finite numbers"));
    all
}

fn assert_refused(what: &str, result: Result<Split, String>, fragments: &[&str]) {
    let Err(message) = result else {
        panic!("{what}: accepted")
    };
    for fragment in fragments {
        assert!(
            message.contains(fragment),
            "{what}: {message:?} lacks {fragment:?}"
        );
    }
}

#[test]
fn every_element_type_and_shape_loads_to_its_numbers() {
    let dir = TempDir::new().expect("a temporary directory");
    // In 0..=1, where nothing is scaled; what others become is tested apart.
    let numbers = [1.0_f32, 0.0, 1.0, 0.0];
    let encoded =
        |encode: fn(f32) -> Vec<u8>| numbers.iter().flat_map(|&number| encode(number)).collect();
    let elements: [(u8, Vec<u8>); 5] = [
        (
            0x09,
            encoded(|number| (number as i8).to_be_bytes().to_vec()),
        ),
        (
            0x0b,
            encoded(|number| (number as i16).to_be_bytes().to_vec()),
        ),
        (
            0x0c,
            encoded(|number| (number as i32).to_be_bytes().to_vec()),
        ),
        (0x0d, encoded(|number| number.to_be_bytes().to_vec())),
        (
            0x0e,
            encoded(|number| f64::from(number).to_be_bytes().to_vec()),
        ),
    ];
    let shapes: [(&[u32], &[usize]); 4] = [
        (&[4], &[1]),
        (&[4, 1], &[1]),
        (&[2, 2, 1], &[2, 1]),
        (&[2, 1, 1, 2, 1, 1, 1, 1], &[1, 1, 2, 1, 1, 1, 1]),
    ];
    for (code, data) in &elements {
        for (dims, item_shape) in shapes {
            let labels = &[0, 1, 1, 0][..dims[0] as usize];
            let bytes = idx(*code, dims, data);
            let split = load_pair(
                dir.path(),
                ("items", &bytes),
                ("labels", &idx(8, &[dims[0]], labels)),
            )
            .unwrap_or_else(|message| panic!("{message}"));
            assert_eq!(split.train.item_shape, item_shape);
            assert_eq!(split.train.len() + split.test.len(), labels.len());
            let n_inputs = numbers.len() / labels.len();
            let items = numbers.chunks(n_inputs).map(<[f32]>::to_vec);
            let mut expected: Vec<(Vec<f32>, u32)> = items
                .zip(labels.iter().map(|&label| u32::from(label)))
                .collect();
            expected.sort_by(|a, b| a.partial_cmp(b).expect("finite numbers"));
            assert_eq!(examples(&split), expected, "type {code:#x}, {dims:?}");
        }
    }
}

#[test]
fn bytes_become_pixels_from_0_to_1_plain_or_compressed() {
    let dir = TempDir::new().expect("a temporary directory");
    let two_members = [gzip(&images()[..10]), gzip(&images()[10..])].concat();
    for (name, bytes) in [
        ("i", images()),
        ("i.gz", gzip(&images())),
        ("i.GZ", two_members),
    ] {
        let split = load_pair(dir.path(), (name, &bytes), ("l.gz", &gzip(&labels()))).expect(name);
        assert_eq!((split.train.len(), split.test.len()), (3, 1));
        assert_eq!(
            (&split.train.name[..], &split.train.item_shape[..]),
            (name, &[2, 2][..])
        );
        assert_eq!(split.train.n_outputs(), 3);
        assert_eq!(examples(&split)[0], (vec![0.0, 0.2, 0.4, 1.0], 0));
    }
}

#[test]
fn labels_may_be_of_any_type_that_holds_whole_numbers() {
    let dir = TempDir::new().expect("a temporary directory");
    let as_f32: Vec<u8> = [0.0_f32, 1.0, 2.0, 1.0]
        .iter()
        .flat_map(|label| label.to_be_bytes())
        .collect();
    let as_i32: Vec<u8> = [0_i32, 1, 2, 1]
        .iter()
        .flat_map(|label| label.to_be_bytes())
        .collect();
    for (code, data) in [(0x0d, as_f32), (0x0c, as_i32)] {
        let split = load_pair(dir.path(), ("i", &images()), ("l", &idx(code, &[4], &data)))
            .expect("valid labels");
        assert_eq!(
            examples(&split)
                .iter()
                .map(|example| example.1)
                .collect::<Vec<_>>(),
            [0, 1, 2, 1]
        );
    }
}

#[test]
fn damaged_headers_are_refused_with_their_place() {
    let dir = TempDir::new().expect("a temporary directory");
    let huge = idx(8, &[60_000, 1000, 1000], &[]);
    let overflowing = idx(0x0e, &[u32::MAX, u32::MAX, u32::MAX, u32::MAX], &[]);
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("empty", vec![], &["byte 0: found an empty file"]),
        ("one byte", vec![0], &["byte 1: found the end after 1 byte", "IDX header"]),
        ("half a magic", vec![0, 0, 8], &["byte 3: found the end after 3 bytes"]),
        ("a picture", b"\x89PNG\r\n\x1a\n".to_vec(), &["byte 0: found 89 50 4e 47", "csv:FILE"]),
        ("text", b"1,2,3\n".to_vec(), &["byte 0: found 31 2c 32 2c"]),
        ("wrong first byte", vec![1, 0, 8, 1, 0, 0, 0, 1, 0], &["byte 0: found 01 00 08 01"]),
        ("little-endian", vec![3, 8, 0, 0, 4, 0, 0, 0], &["byte 0: found 03 08 00 00"]),
        ("type 00", idx(0, &[4], &[0; 4]), &["byte 2: found 00", "08 (u8)"]),
        ("type 0a", idx(0x0a, &[4], &[0; 4]), &["byte 2: found 0a", "0e (f64)"]),
        ("type ff", idx(0xff, &[4], &[0; 4]), &["byte 2: found ff"]),
        ("no dimension", idx(8, &[], &[0]), &["byte 3: found 0 dimensions, expected 1 to 8"]),
        ("nine dimensions", idx(8, &[1; 9], &[0]), &["byte 3: found 9 dimensions"]),
        ("255 dimensions", idx(8, &[1; 255], &[0]), &["byte 3: found 255 dimensions"]),
        ("no sizes", vec![0, 0, 8, 3], &["byte 4: found the end of the file, expected 3 dimensions"]),
        ("half a size", vec![0, 0, 8, 1, 0, 0], &["byte 6: found the end of the file"]),
        ("missing size", images()[..12].to_vec(), &["byte 12: found the end of the file"]),
        ("no items", idx(8, &[0, 2, 2], &[]), &["byte 4: found 0 as dimension 0"]),
        ("no columns", idx(8, &[4, 2, 0], &[]), &["byte 12: found 0 as dimension 2"]),
        ("beyond the bound", huge, &["byte 12: found 1000 as dimension 2", "at most 2147483648 bytes"]),
        ("overflowing sizes", overflowing, &["byte 4: found 4294967295 as dimension 0"]),
    ];
    for (what, bytes, fragments) in cases {
        assert_images_refused(dir.path(), what, &bytes, fragments);
    }
}

/// Loads `bytes` as images, with labels that would fit if they were whole.
fn assert_images_refused(dir: &Path, what: &str, bytes: &[u8], fragments: &[&str]) {
    let n_items = if bytes.starts_with(&[0, 0]) && bytes.len() > 8 {
        bytes[7].max(1)
    } else {
        4
    };
    let labels = idx(8, &[u32::from(n_items)], &vec![1; usize::from(n_items)]);
    let result = load_pair(dir, ("broken-images", bytes), ("labels", &labels));
    assert_refused(what, result, &[&["broken-images: "], fragments].concat());
}

#[test]
fn damaged_elements_are_refused_with_their_place() {
    let dir = TempDir::new().expect("a temporary directory");
    let with_f32 = |number: f32| {
        idx(
            0x0d,
            &[4],
            &[vec![0; 12], number.to_be_bytes().to_vec()].concat(),
        )
    };
    let with_f64 = |number: f64| {
        idx(
            0x0e,
            &[2, 2],
            &[vec![0; 8], number.to_be_bytes().to_vec(), vec![0; 16]].concat(),
        )
    };
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("no data", idx(8, &[4, 2, 2], &[]), &["byte 16: found the end after 0 bytes", "16 bytes of data (U8 4x2x2)"]),
        ("truncated", images()[..31].to_vec(), &["byte 31: found the end after 15 bytes"]),
        ("truncated doubles", idx(0x0e, &[4], &[0; 31]), &["found the end after 31 bytes", "32 bytes"]),
        ("much announced, little there", idx(8, &[500_000, 1000], &[0; 9]), &["byte 21: found the end after 9 bytes"]),
        ("one byte more", [images(), vec![0]].concat(), &["byte 32: found more bytes", "after 16 elements"]),
        ("NaN", with_f32(f32::NAN), &["byte 20: found NaN as input 3, expected a finite number"]),
        ("infinite", with_f32(f32::NEG_INFINITY), &["byte 20: found -inf as input 3"]),
        ("infinite double", with_f64(f64::INFINITY), &["byte 20: found inf as input 1"]),
        ("double beyond 32 bits", with_f64(1e300), &["byte 20: found inf as input 1", "3.4e38"]),
        ("compressed without .gz", gzip(&images()), &["byte 0: found gzip data", "ends in .gz"]),
    ];
    for (what, bytes, fragments) in cases {
        assert_images_refused(dir.path(), what, &bytes, fragments);
    }
}

#[test]
fn damaged_compressed_images_are_refused() {
    let dir = TempDir::new().expect("a temporary directory");
    let whole = gzip(&images());
    let flipped = |place: usize| {
        let mut bytes = whole.clone();
        bytes[place] ^= 0xff;
        bytes
    };
    let checksum = whole.len() - 8;
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("empty", vec![], &["byte 0: found an empty file"]),
        ("plain", images(), &["byte 0: found the bytes 00 00, expected gzip data (1f 8b)", "take .gz off"]),
        ("one byte", vec![0x1f], &["byte 0: found the bytes 1f"]),
        ("text", b"hello".to_vec(), &["byte 0: found the bytes 68 65"]),
        ("only a magic", vec![0x1f, 0x8b], &["byte 0: found the end of the file, expected more compressed data"]),
        ("unknown method", vec![0x1f, 0x8b, 9, 0, 0, 0, 0, 0, 0, 0], &["byte 0: found damaged compressed data"]),
        ("truncated", whole[..whole.len() / 2].to_vec(), &["found the end of the file"]),
        ("no checksum", whole[..checksum].to_vec(), &["byte 32: found the end of the file"]),
        ("wrong checksum", flipped(checksum), &["byte 32: found damaged compressed data"]),
        ("damaged block", flipped(10), &["damaged compressed data"]),
        ("garbage behind", [whole.clone(), b"garbage behind it".to_vec()].concat(),
         &["byte 32: found damaged compressed data"]),
        ("another member behind", [whole.clone(), gzip(&[7])].concat(), &["byte 32: found more bytes"]),
        ("nothing inside", gzip(&[]), &["byte 0: found the end after 0 bytes"]),
        ("truncated inside", gzip(&images()[..20]), &["byte 20: found the end after 4 bytes"]),
    ];
    for (what, bytes, fragments) in cases {
        let result = load_pair(dir.path(), ("broken.gz", &bytes), ("labels", &labels()));
        assert_refused(what, result, &[&["broken.gz: "], fragments].concat());
    }
}

#[test]
fn a_gzip_bomb_is_left_packed() {
    let dir = TempDir::new().expect("a temporary directory");
    // Half a gibibyte of zeros behind a header that announces 16 bytes. The first mebibyte is damaged at its end, so that
    // unpacking even that much would show as another message.
    let member = gzip(&vec![0; 1 << 20]);
    let damaged = &member[..member.len() - 9];
    let bomb = [&gzip(&images()), damaged, &member.repeat(511)].concat();
    let result = load_pair(dir.path(), ("bomb.gz", &bomb), ("labels", &labels()));
    assert_refused(
        "bomb",
        result,
        &["bomb.gz: byte 32: found more bytes", "after 16 elements"],
    );
    let announced = [gzip(&idx(8, &[1 << 16, 1 << 16], &[])), member].concat();
    let result = load_pair(dir.path(), ("bomb.gz", &announced), ("labels", &labels()));
    assert_refused(
        "announced bomb",
        result,
        &[
            "bomb.gz: byte 8: found 65536 as dimension 1",
            "at most 2147483648",
        ],
    );
}

#[test]
fn wrong_labels_are_refused_with_their_place() {
    let dir = TempDir::new().expect("a temporary directory");
    let as_f32: Vec<u8> = [0.0_f32, 1.0, 0.5, 1.0]
        .iter()
        .flat_map(|label| label.to_be_bytes())
        .collect();
    let as_i32: Vec<u8> = [0_i32, 1 << 24, 0, 1]
        .iter()
        .flat_map(|label| label.to_be_bytes())
        .collect();
    let nan: Vec<u8> = [f64::NAN; 4]
        .iter()
        .flat_map(|label| label.to_be_bytes())
        .collect();
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("too few", idx(8, &[3], &[0, 1, 2]),
         &["byte 4: found 3 labels, expected 4", "good-images", "belong together"]),
        ("too many", idx(8, &[5], &[0; 5]), &["byte 4: found 5 labels, expected 4"]),
        ("images", images(), &["byte 3: found 3 dimensions, expected 1: one label per example"]),
        ("beyond f32", idx(0x0c, &[4], &as_i32), &["byte 12: found 16777216 as label 1, expected a whole number below 16777216"]),
        ("a half", idx(0x0d, &[4], &as_f32), &["byte 16: found 0.5 as label 2"]),
        ("NaN", idx(0x0e, &[4], &nan), &["byte 8: found NaN as label 0"]),
        ("a single class", idx(8, &[4], &[0; 4]), &["only class 0, expected at least two classes"]),
        ("another single class", idx(8, &[4], &[5; 4]), &["only class 5, expected at least two classes"]),
        ("empty", vec![], &["byte 0: found an empty file"]),
        ("truncated", labels()[..10].to_vec(), &["byte 10: found the end after 2 bytes"]),
    ];
    for (what, bytes, fragments) in cases {
        let result = load_pair(
            dir.path(),
            ("good-images", &images()),
            ("bad-labels", &bytes),
        );
        assert_refused(what, result, &[&["bad-labels: "], fragments].concat());
    }
}

#[test]
fn wrong_tables_are_refused_with_line_and_column() {
    let dir = TempDir::new().expect("a temporary directory");
    let many_words = (0..1001)
        .map(|class| format!("1,w{class}"))
        .collect::<Vec<_>>()
        .join("\n");
    #[rustfmt::skip]
    let cases: Vec<(&str, &[u8], &[&str])> = vec![
        ("empty", b"", &["t.csv: byte 0: found an empty file"]),
        ("blank", b"\n\n \n", &["t.csv:1: found no rows"]),
        ("only line ends", b"\n\r\n\n", &["t.csv:1: found no rows"]),
        ("only a header", b"x,y,label\n", &["t.csv:1: found only a header"]),
        ("a single column", b"1\n2\n", &["t.csv:1: found a single column"]),
        ("another separator", b"1:2:0\n3:4:1\n", &["t.csv:1: found a single column", "commas, semicolons, tabs, bars or spaces"]),
        ("a short row", b"1,2,0\n1,2\n", &["t.csv:2: found 2 columns, expected 3"]),
        ("a long row", b"1,2,0\n1,2,3,1\n", &["t.csv:2: found 4 columns, expected 3"]),
        ("a word among numbers", b"x,y,l\n1,2,0\n1,two,1\n", &["t.csv:3:2: found \"two\", expected a number"]),
        ("an empty cell", b"1,2,0\n,2,1\n", &["t.csv:2:1: found an empty cell"]),
        ("empty cells only", b",,\n,,\n", &["t.csv:1: found no rows"]),
        ("comments only", b"# a\n#1,2\n", &["t.csv:1: found no rows"]),
        ("NaN", b"1,2,0\n1,NaN,1\n", &["t.csv:2:2: found \"NaN\", expected a finite number"]),
        ("infinite", b"1,2,0\n-inf,2,1\n", &["t.csv:2:1: found \"-inf\", expected a finite number"]),
        ("beyond 32 bits", b"1,2,0\n1e39,2,1\n", &["t.csv:2:1: found \"1e39\"", "3.4e38"]),
        ("decimal commas", b"1,5;0\n2,5;1\n", &["t.csv:1:1: found \"1,5\"", "decimal point and nothing between thousands"]),
        ("a single class", b"1,2,0\n3,4,0\n", &["t.csv:1:3: found a single class"]),
        ("a single word", b"1,2,a\n3,4,a\n", &["t.csv:1:3: found a single class"]),
        ("too many words", many_words.as_bytes(), &["t.csv:1001:2: found more than 1000 classes, expected at most 1000"]),
        ("a number among words", b"1,2,a\n1,2,b\n3,4,5\n", &["t.csv:3:3: found \"5\", expected a word"]),
        ("a word among values", b"1,2,0.5\n3,4,x\n", &["t.csv:2:3: found \"x\", expected a number"]),
        ("no label", b"1,2,a\n3,4,\n", &["t.csv:2:3: found an empty cell, expected a label"]),
        ("an infinite value", b"1,2,0.5\n3,4,inf\n", &["t.csv:2:3: found \"inf\", expected a finite number"]),
        ("invalid UTF-8", b"x,y,l\n1,2,0\n1,2,\xff\n", &["t.csv:3: found 0xff, which is not UTF-8"]),
        ("UTF-16", b"\xff\xfe1\x00,\x002\x00", &["t.csv:1: found UTF-16 text, expected UTF-8"]),
        ("gzip", b"\x1f\x8b\x08", &["t.csv: byte 0: found gzip data"]),
        ("an open quote", b"1,2,\"0\n3,4,1\n", &["t.csv:1:3: found a quote that is never closed"]),
        ("zero bytes", &[0; 100], &["t.csv:1: found a zero byte, expected text"]),
        ("one example", b"1,2,0\n", &["t.csv:1:3: found a single class"]),
        ("one value", b"1,2,0.5\n", &["--train 1: with --test 1 this asks for 2 examples and t has 1"]),
    ];
    for (what, bytes, fragments) in cases {
        let path = dir.path().join("t.csv");
        fs::write(&path, bytes).expect("a file in a fresh directory");
        assert_refused(
            what,
            load_spec(&format!("csv:{}", path.display()), &ALL),
            fragments,
        );
    }
}

#[test]
fn tables_load_split_and_scaled_by_their_training_part() {
    let dir = TempDir::new().expect("a temporary directory");
    let rows = (0..100)
        .map(|n| format!("{n},5,{}", n % 2))
        .collect::<Vec<_>>()
        .join("\n");
    for (name, bytes) in [
        ("t.csv", format!("x,constant,label\n{rows}").into_bytes()),
        ("t.csv.gz", gzip(rows.as_bytes())),
        ("bom.csv", format!("\u{feff}{rows}").into_bytes()),
    ] {
        let path = dir.path().join(name);
        fs::write(&path, bytes).expect("a file in a fresh directory");
        let split = load_spec(&format!("csv:{}", path.display()), &ALL).expect(name);
        assert_eq!(
            (split.train.class_counts(), split.test.class_counts()),
            (vec![40, 40], vec![10, 10])
        );
        let column = split.train.inputs.column(0);
        let (mean, square) = (
            column.sum() / 80.0,
            column.iter().map(|x| x * x).sum::<f32>() / 80.0,
        );
        assert!(
            mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-5,
            "mean {mean}, mean square {square}"
        );
        assert!(split.test.inputs.column(1).iter().all(|&x| x == 0.0));
    }
    let path = dir.path().join("values.csv");
    fs::write(&path, "0.5;1.5\n0.25;-2\n1;0\n0;7\n0;8\n").expect("a file in a fresh directory");
    let split = load_spec(&format!("csv:{}", path.display()), &ALL).expect("values");
    assert_eq!(
        (split.train.len(), split.test.len(), split.train.n_outputs()),
        (4, 1, 1)
    );
    assert!(!split.train.is_classification());
    let sum = split.train.inputs.sum() + split.test.inputs.sum();
    assert!(
        (sum - 1.75).abs() < 1e-6,
        "inputs in 0..=1 stay as they are"
    );
}

/// Writes the four files of a small data set in the form of MNIST, named by `name` of role and rank.
fn write_mnist(dir: &Path, name: impl Fn(&str, u8) -> String, is_gzip: bool) {
    for (part, n) in [("train", 40_u8), ("t10k", 20)] {
        let pixels: Vec<u8> = (0..n).flat_map(|index| [index, 0, 0, 255]).collect();
        let labels: Vec<u8> = (0..n).map(|index| index % 4).collect();
        for (role, rank, bytes) in [
            (
                format!("{part}-images"),
                3,
                idx(8, &[u32::from(n), 2, 2], &pixels),
            ),
            (
                format!("{part}-labels"),
                1,
                idx(8, &[u32::from(n)], &labels),
            ),
        ] {
            let bytes = if is_gzip { gzip(&bytes) } else { bytes };
            fs::write(dir.join(name(&role, rank)), bytes).expect("a file in a fresh directory");
        }
    }
}

#[test]
fn a_directory_in_the_form_of_mnist_keeps_its_own_split() {
    for (separator, end) in [("-", ""), (".", ""), ("-", ".gz"), (".", ".gz")] {
        let dir = TempDir::new().expect("a temporary directory");
        write_mnist(
            dir.path(),
            |role, rank| format!("{role}{separator}idx{rank}-ubyte{end}"),
            end == ".gz",
        );
        let spec = format!("mnist:{}", dir.path().display());
        let split = load_spec(&spec, &ALL).expect("a whole data set");
        assert_eq!(
            (split.train.len(), split.test.len(), split.train.n_outputs()),
            (40, 20, 4)
        );
        assert_eq!(split.train.item(7), [7.0 / 255.0, 0.0, 0.0, 1.0]);
        assert_eq!(
            split.train.name,
            dir.path().file_name().expect("a name").to_string_lossy()
        );
        let plan = SplitPlan {
            n_train: Some(8),
            n_test: Some(4),
            label_noise: 0.5,
        };
        let split = load_spec(&spec, &plan).expect("a part of it");
        assert_eq!(
            (split.test.class_counts(), split.n_relabelled),
            (vec![1; 4], 4)
        );
        let plan = SplitPlan {
            n_train: Some(41),
            ..ALL
        };
        assert_refused(
            "too many",
            load_spec(&spec, &plan),
            &["--train 41:", "has 40 in its train part"],
        );
    }
}

#[test]
fn what_is_missing_from_a_directory_is_listed() {
    let dir = TempDir::new().expect("a temporary directory");
    let spec = format!("mnist:{}", dir.path().display());
    let names = [
        "train-images-idx3-ubyte",
        "train-images.idx3-ubyte",
        "train-images-idx3-ubyte.gz",
    ];
    assert_refused(
        "an empty directory",
        load_spec(&spec, &ALL),
        &[&["training images are missing"], &names[..]].concat(),
    );

    write_mnist(
        dir.path(),
        |role, rank| format!("{role}-idx{rank}-ubyte"),
        false,
    );
    let labels = dir.path().join("t10k-labels-idx1-ubyte");
    fs::remove_file(&labels).expect("it was just written");
    assert_refused(
        "no test labels",
        load_spec(&spec, &ALL),
        &["test labels are missing", "t10k-labels.idx1-ubyte.gz"],
    );
    fs::create_dir(&labels).expect("its name is free");
    assert_refused(
        "a directory for a file",
        load_spec(&spec, &ALL),
        &["t10k-labels-idx1-ubyte: this is a directory"],
    );

    fs::remove_dir(&labels).expect("it was just made");
    fs::write(&labels, idx(8, &[20], &[1; 20])).expect("its name is free");
    let other = idx(8, &[20, 4, 1], &[0; 80]);
    fs::write(dir.path().join("t10k-images-idx3-ubyte"), other).expect("the directory is ours");
    assert_refused(
        "another shape",
        load_spec(&spec, &ALL),
        &["found items of shape [4, 1], expected [2, 2]"],
    );
}

#[test]
fn paths_that_are_no_data_files_are_refused() {
    let dir = TempDir::new().expect("a temporary directory");
    let here = dir.path().display().to_string();
    let file = dir.path().join("file");
    fs::write(&file, images()).expect("a file in a fresh directory");
    let file = file.display();
    for (spec, fragments) in [
        (
            format!("csv:{here}/none.csv"),
            ["none.csv: no such file", "check the path"],
        ),
        (format!("csv:{here}"), [&here, "this is a directory"]),
        (
            format!("idx:{here}/none,{file}"),
            ["none: no such file", "check the path"],
        ),
        (
            format!("idx:{file},{here}/none"),
            ["none: no such file", "check the path"],
        ),
        (format!("idx:{file},{here}"), [&here, "this is a directory"]),
        (
            format!("mnist:{here}/none"),
            ["none: no such directory", "four IDX files"],
        ),
        (
            format!("mnist:{file}"),
            ["file: this is not a directory", "four IDX files"],
        ),
    ] {
        assert_refused(&spec, load_spec(&spec, &ALL), &fragments);
    }
    #[cfg(unix)]
    assert_refused(
        "a device",
        load_spec("csv:/dev/zero", &ALL),
        &["/dev/zero: this is not a regular file"],
    );
}

fn table_fixture(name: &str, options: &str) -> Result<Split, String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tables");
    load_spec(&format!("csv:{folder}/{name}.csv??{options}"), &ALL)
}

/// Tables as programs export them: how many examples, inputs and outputs, and what the outputs are called.
#[test]
fn tables_as_people_have_them_are_read_whole_and_as_they_are_meant() {
    #[rustfmt::skip]
    let cases: [(&str, usize, usize, &[&str]); 11] = [
        ("blank-cells-at-end", 10, 2, &["0", "1"]),
        ("comment-lines", 10, 2, &["0", "1"]),
        ("float-class-labels", 50, 2, &["0.0", "1.0"]),
        ("header-of-years", 10, 2, &["0", "1"]),
        ("header-text-has-commas", 10, 2, &["0", "1"]),
        ("labels-from-one", 50, 2, &["1", "2", "3"]),
        ("quoted-header-has-commas", 10, 2, &["0", "1"]),
        ("space-before-quote", 10, 2, &["no", "yes"]),
        ("trailing-comma", 10, 2, &["0", "1"]),
        ("twenty-rows", 20, 2, &["0", "1"]),
        ("targets-in-tens", 60, 3, &[]),
    ];
    for (name, n, n_inputs, classes) in cases {
        let split = table_fixture(name, "").unwrap_or_else(|message| panic!("{message}"));
        let data = &split.train;
        assert_eq!(data.len() + split.test.len(), n, "{name}");
        assert_eq!(data.n_inputs(), n_inputs, "{name}");
        assert_eq!(data.class_names, classes, "{name}");
        assert_eq!(data.n_outputs(), classes.len().max(1), "{name}");
        assert_eq!(split.test.notes, data.notes, "{name}");
    }
}

#[test]
fn what_a_table_was_taken_for_is_said_and_overruled() {
    let taken_for = |name, options| {
        let split = table_fixture(name, options).unwrap_or_else(|message| panic!("{message}"));
        split.train.taken_for().expect("a note").to_owned()
    };
    for (options, expected) in [
        (
            "",
            "column 3 (y), whole numbers, few of them: taken for classes (task=values overrules): 0.0, 1.0",
        ),
        (
            "task=values",
            "column 3 (y), taken for values, as asked: from 0 to 1",
        ),
        (
            "label=b&task=classes",
            "column 2 (b), taken for classes, as asked: 0, 1, 2, 3, 4, 5, 6, 7, 8",
        ),
    ] {
        assert_eq!(taken_for("float-class-labels", options), expected);
    }
    let values = taken_for("targets-in-tens", "");
    assert!(
        values.starts_with("column 4 (strength), numbers: taken for values: from "),
        "{values}"
    );
    let left_out = |name: &str| {
        let split = table_fixture(name, "").expect("a table");
        let mut notes = split.train.notes.into_iter();
        notes
            .find(|note| note.subject == "left out")
            .map(|note| note.text)
    };
    for (name, expected) in [
        ("blank-cells-at-end", Some("2 rows of empty cells")),
        ("comment-lines", Some("2 lines that begin with #")),
        ("trailing-comma", Some("1 empty column at the end")),
        ("twenty-rows", None),
    ] {
        assert_eq!(left_out(name).as_deref(), expected, "{name}");
    }
}

#[test]
fn a_table_may_have_a_hundred_thousand_columns() {
    let dir = TempDir::new().expect("a temporary directory");
    let row = |label: u8| format!("{}{label}\n", "0.5,".repeat(100_000));
    let path = dir.path().join("wide.csv");
    fs::write(&path, [0, 1, 0, 1].map(row).concat()).expect("a file in a fresh directory");
    let split = load_spec(&format!("csv:{}", path.display()), &ALL).expect("a wide table");
    assert_eq!(
        (split.train.n_inputs(), split.train.n_outputs()),
        (100_000, 2)
    );
}

#[test]
fn a_quote_that_is_never_closed_is_refused_where_it_opens() {
    let message = table_fixture("unclosed-quote", "").expect_err("rows would be lost");
    let place = "unclosed-quote.csv:8:3: found a quote that is never closed";
    assert!(message.contains(place), "{message}");
}

#[test]
fn classes_of_idx_files_are_those_that_occur() {
    let dir = TempDir::new().expect("a temporary directory");
    for (labels, expected) in [
        (idx(8, &[4], &[1, 10, 1, 3]), &["1", "3", "10"][..]),
        (idx(8, &[4], &[0, 7, 7, 0]), &["0", "7"]),
        (idx(9, &[4], &[0xff, 1, 1, 1]), &["-1", "1"]),
    ] {
        let split = load_pair(dir.path(), ("i", &images()), ("l", &labels)).expect("labels");
        assert_eq!(split.train.class_names, expected);
        assert_eq!(split.train.n_outputs(), expected.len());
        let note = format!("taken for the classes that occur: {}", expected.join(", "));
        assert_eq!(split.train.taken_for(), Some(note.as_str()));
    }
}

#[test]
fn elements_that_are_no_bytes_are_standardised() {
    let dir = TempDir::new().expect("a temporary directory");
    let pixels: Vec<u8> = (0..40)
        .flat_map(|index| (index as f32 * 6.0).to_be_bytes())
        .collect();
    let labels: Vec<u8> = (0..20).map(|index| index % 2).collect();
    let split = load_pair(
        dir.path(),
        ("floats", &idx(0x0d, &[20, 2, 1], &pixels)),
        ("labels", &idx(8, &[20], &labels)),
    )
    .expect("floats");
    for column in split.train.inputs.columns() {
        let n = column.len() as f32;
        let (mean, square) = (column.sum() / n, column.map(|x| x * x).sum() / n);
        assert!(
            mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-5,
            "{mean} {square}"
        );
    }
    assert!(split.train.notes.iter().any(|note| note.subject == "scale"));
}

#[test]
fn the_popular_archive_of_mnist_is_read() {
    let dir = TempDir::new().expect("a temporary directory");
    write_mnist(
        dir.path(),
        |role, rank| format!("{role}.idx{rank}-ubyte"),
        false,
    );
    for file in fs::read_dir(dir.path()).expect("a directory") {
        let path = file.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .replace('.', "-");
        let folder = dir.path().join(&name);
        fs::create_dir(&folder).expect("its name is free");
        fs::copy(&path, folder.join(&name)).expect("the folder is ours");
    }
    let spec = format!("mnist:{}", dir.path().display());
    let whole = load_spec(&spec, &ALL).expect("files and folders");
    assert_eq!((whole.train.len(), whole.test.len()), (40, 20));
    for file in fs::read_dir(dir.path()).expect("a directory") {
        let path = file.expect("an entry").path();
        if path.is_file() {
            fs::remove_file(path).expect("it is ours");
        }
    }
    assert_eq!(load_spec(&spec, &ALL).expect("folders alone"), whole);
}

#[test]
fn sets_of_emnist_and_qmnist_are_found_by_their_own_names() {
    let dir = TempDir::new().expect("a temporary directory");
    let spec = |set: &str| format!("mnist:{}{set}", dir.path().display());
    let own_name = |set: &'static str| {
        move |role: &str, rank: u8| {
            format!("{set}-{}-idx{rank}-ubyte.gz", role.replace("t10k", "test"))
        }
    };
    write_mnist(dir.path(), own_name("emnist-letters"), true);
    let split = load_spec(&spec(""), &ALL).expect("one set needs no choice");
    assert_eq!(split.train.name, "emnist-letters");
    write_mnist(dir.path(), own_name("emnist-byclass"), true);
    let fragments = [
        "several sets are here: byclass, letters",
        "mnist:DIR?set=NAME",
    ];
    assert_refused("two sets", load_spec(&spec(""), &ALL), &fragments);
    let fragments = ["no set \"digits\" here; there are: byclass, letters"];
    assert_refused(
        "no such set",
        load_spec(&spec("?set=digits"), &ALL),
        &fragments,
    );
    for set in ["letters", "emnist-letters"] {
        let split = load_spec(&spec(&format!("?set={set}")), &ALL).expect(set);
        assert_eq!(split.train.name, "emnist-letters");
    }
    fs::remove_file(dir.path().join("emnist-letters-test-labels-idx1-ubyte.gz")).expect("ours");
    assert_refused(
        "an incomplete set",
        load_spec(&spec("?set=letters"), &ALL),
        &[
            "test labels are missing",
            "emnist-letters-test-labels-idx1-ubyte.gz",
        ],
    );

    let dir = TempDir::new().expect("a temporary directory");
    write_mnist(dir.path(), own_name("qmnist"), true);
    for (part, n) in [("train", 40_u8), ("test", 20)] {
        let old = format!("qmnist-{part}-labels-idx1-ubyte.gz");
        fs::remove_file(dir.path().join(old)).expect("it was just written");
        let row = |index: u8| {
            let numbers: [i32; 8] = [i32::from(index % 4), 4, 2610, 97, 7, 35, 74, 70_000];
            numbers.into_iter().flat_map(i32::to_be_bytes)
        };
        let numbers: Vec<u8> = (0..n).flat_map(row).collect();
        let bytes = gzip(&idx(0x0c, &[u32::from(n), 8], &numbers));
        let name = format!("qmnist-{part}-labels-idx2-int.gz");
        fs::write(dir.path().join(name), bytes).expect("the directory is ours");
    }
    let split = load_spec(&format!("mnist:{}", dir.path().display()), &ALL).expect("QMNIST");
    assert_eq!(split.test.class_counts(), [5; 4]);
}
