//! The IDX format: arrays of numbers with their shape in front, as MNIST and many data sets after it are published.
//!
//! Two zero bytes, a byte for the element type, a byte for the number of dimensions, each dimension in 4 bytes, then
//! the elements; everything big-endian ([`LeCun` 1998], "The MNIST database of handwritten digits"). Nothing in a
//! header is believed before the bytes are there: memory grows with what was read, never with what was announced.

use std::path::Path;

use super::MAX_CLASSES;
use super::bytes::{self, Bytes, hex};
use super::dataset::{Dataset, Note, Targets};
use super::error::DataError;
use super::labels::listed;
use crate::text::counted;

/// Most bytes an array may take, in the file or as `f32` in memory: 2 GiB.
const MAX_BYTES: u64 = 1 << 31;
const MAX_RANK: u8 = 8;
/// Labels are whole numbers below this, 2^24, where `f32` still holds them all.
const MOST_LABEL: f32 = 16_777_216.0;
/// A multiple of every element's size, so that no element is cut.
const CHUNK_BYTES: usize = 1 << 16;
const REFETCH: &str = "fetch the file again or check how it was written";

/// The type of an array's elements, with its code in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    U8 = 0x08,
    I8 = 0x09,
    I16 = 0x0b,
    I32 = 0x0c,
    F32 = 0x0d,
    F64 = 0x0e,
}

impl Element {
    const ALL: [Self; 6] = [
        Self::U8,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::F32,
        Self::F64,
    ];

    fn n_bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Appends the numbers that `bytes`, a whole number of elements, hold.
    fn decode(self, bytes: &[u8], numbers: &mut Vec<f32>) {
        fn each<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
            bytes.as_chunks().0.iter().copied()
        }
        match self {
            Self::U8 => numbers.extend(bytes.iter().map(|&byte| f32::from(byte))),
            Self::I8 => numbers.extend(bytes.iter().map(|&byte| f32::from(byte as i8))),
            Self::I16 => {
                numbers.extend(each(bytes).map(|bytes| f32::from(i16::from_be_bytes(bytes))));
            }
            Self::I32 => numbers.extend(each(bytes).map(|bytes| i32::from_be_bytes(bytes) as f32)),
            Self::F32 => numbers.extend(each(bytes).map(f32::from_be_bytes)),
            Self::F64 => numbers.extend(each(bytes).map(|bytes| f64::from_be_bytes(bytes) as f32)),
        }
    }
}

/// What stands in front of the elements.
struct Header {
    element: Element,
    /// The shape; every dimension at least 1, the whole within [`MAX_BYTES`].
    dims: Vec<usize>,
}

impl Header {
    fn n_bytes(&self) -> u64 {
        4 + 4 * self.dims.len() as u64
    }

    fn n_elements(&self) -> usize {
        self.dims.iter().product()
    }

    fn offset_of(&self, index: usize) -> u64 {
        self.n_bytes() + (index * self.element.n_bytes()) as u64
    }

    fn shape(&self) -> String {
        self.dims
            .iter()
            .map(usize::to_string)
            .collect::<Vec<_>>()
            .join("x")
    }
}

/// The examples of a pair of IDX files, and what their labels say.
pub(super) struct Items {
    name: String,
    /// The shape of one example.
    pub(super) item_shape: Vec<usize>,
    /// `[N, I]`.
    inputs: Vec<f32>,
    /// `[N]`.
    labels: Vec<i32>,
}

/// The labels that occur, in order: the classes.
pub(super) struct Classes(Vec<i32>);

/// The examples of a pair of IDX files; inputs `[N, I]`.
///
/// Unsigned bytes are taken for pixels and scaled to 0..=1; all other elements stay as they are.
///
/// # Errors
///
/// When one of the files is not what it should be, or they do not belong together.
pub(super) fn read(images: &Path, labels: &Path) -> Result<Dataset, DataError> {
    let items = Items::read(images, labels)?;
    let classes = Classes::of(&[&items], labels)?;
    Ok(items.labelled(&classes))
}

impl Items {
    /// Reads both files.
    ///
    /// # Errors
    ///
    /// As [`read`].
    pub(super) fn read(images: &Path, labels: &Path) -> Result<Self, DataError> {
        let (header, mut inputs) = read_array(images, None)?;
        if let Some(index) = inputs.iter().position(|input| !input.is_finite()) {
            let found = format!("{} as input {index}", inputs[index]);
            let advice = "replace what is missing or beyond 3.4e38";
            let place = header.offset_of(index);
            return Err(bytes::refused(
                images,
                place,
                found,
                "a finite number",
                advice,
            ));
        }
        if header.element == Element::U8 {
            for input in &mut inputs {
                *input /= 255.0;
            }
        }
        let item_shape = if header.dims.len() == 1 {
            vec![1]
        } else {
            header.dims[1..].to_vec()
        };
        let name = images.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: name.into_owned(),
            item_shape,
            inputs,
            labels: read_labels(labels, header.dims[0], images)?,
        })
    }

    /// The examples with their classes.
    pub(super) fn labelled(self, classes: &Classes) -> Dataset {
        let class = |label: &i32| classes.0.binary_search(label).unwrap_or_default() as u32;
        let targets = Targets::Classes {
            labels: self.labels.iter().map(class).collect(),
            n_classes: classes.0.len(),
        };
        let names: Vec<String> = classes.0.iter().map(ToString::to_string).collect();
        let note = format!("taken for the classes that occur: {}", listed(&names));
        Dataset {
            notes: vec![Note::new(Note::LABELS, note)],
            class_names: names,
            ..Dataset::new(&self.name, self.item_shape, self.inputs, targets)
        }
    }
}

impl Classes {
    /// Those of all `parts` together; the labels of the first are in `path`.
    ///
    /// # Errors
    ///
    /// When there is a single one, or too many.
    pub(super) fn of(parts: &[&Items], path: &Path) -> Result<Self, DataError> {
        let mut classes: Vec<i32> = parts
            .iter()
            .flat_map(|part| part.labels.iter().copied())
            .collect();
        classes.sort_unstable();
        classes.dedup();
        let (found, expected, advice) = match classes[..] {
            [only] => (
                format!("only class {only}"),
                "at least two classes".to_owned(),
                "a network cannot learn from a single class",
            ),
            _ if classes.len() > MAX_CLASSES => (
                format!("{} classes", classes.len()),
                format!("at most {MAX_CLASSES}"),
                "give the file of the labels here",
            ),
            _ => return Ok(Self(classes)),
        };
        Err(bytes::refused(path, 0, found, expected, advice))
    }
}

/// Reads the labels of the `n_examples` in `images`.
fn read_labels(path: &Path, n_examples: usize, images: &Path) -> Result<Vec<i32>, DataError> {
    let (header, numbers) = read_array(path, Some((n_examples, images)))?;
    let n_columns = header.dims.get(1).copied().unwrap_or(1);
    let is_label = |number: f32| number.fract() == 0.0 && number.abs() < MOST_LABEL;
    let label = |(row, &number): (usize, &f32)| {
        if is_label(number) {
            return Ok(number as i32);
        }
        let found = format!("{number} as label {row}");
        let place = header.offset_of(row * n_columns);
        let expected = format!("a whole number below {MOST_LABEL}");
        Err(bytes::refused(
            path,
            place,
            found,
            expected,
            "number the classes",
        ))
    };
    let first_column = numbers.iter().step_by(n_columns);
    first_column.enumerate().map(label).collect()
}

/// Reads one array: the file holds exactly what its header announces. With `labels_of`, a number of examples and their
/// file, it must have one dimension of just that size, or be the table that QMNIST has in its place.
fn read_array(
    path: &Path,
    labels_of: Option<(usize, &Path)>,
) -> Result<(Header, Vec<f32>), DataError> {
    let mut source = Bytes::open(path)?;
    let header = read_header(&mut source)?;
    if let Some((n_examples, images)) = labels_of {
        check_labels_header(&source, &header, n_examples, images)?;
    }
    let n_bytes = header.n_elements() * header.element.n_bytes();
    let mut numbers = Vec::new();
    let mut chunk = vec![0; CHUNK_BYTES.min(n_bytes)];
    let mut n_read = 0;
    while n_read < n_bytes {
        let n_wanted = chunk.len().min(n_bytes - n_read);
        let n = source.fill(&mut chunk[..n_wanted])?;
        n_read += n;
        if n < n_wanted {
            let expected = format!(
                "{n_bytes} bytes of data ({:?} {})",
                header.element,
                header.shape()
            );
            return Err(source.refused(
                source.offset(),
                format!("the end after {}", counted(n_read, "byte")),
                expected,
                REFETCH,
            ));
        }
        header.element.decode(&chunk[..n], &mut numbers);
    }
    let end = source.offset();
    // Reading on also makes a compressed file's checksum be compared.
    if source.fill(&mut [0])? > 0 {
        let expected = format!(
            "the end of the file after {}",
            counted(header.n_elements(), "element")
        );
        return Err(source.refused(end, "more bytes", expected, REFETCH));
    }
    Ok((header, numbers))
}

fn read_header(source: &mut Bytes) -> Result<Header, DataError> {
    let mut magic = [0; 4];
    let n = source.fill(&mut magic)?;
    let expected = "an IDX header: 00 00, element type, number of dimensions";
    if n < magic.len() {
        return Err(source.refused(
            n as u64,
            format!("the end after {}", counted(n, "byte")),
            expected,
            REFETCH,
        ));
    }
    let [0, 0, code, rank] = magic else {
        let advice = "give an IDX file; csv:FILE reads tables";
        return Err(source.refused(0, hex(&magic), expected, advice));
    };
    let Some(element) = Element::ALL
        .into_iter()
        .find(|&element| element as u8 == code)
    else {
        let expected =
            "an element type: 08 (u8), 09 (i8), 0b (i16), 0c (i32), 0d (f32) or 0e (f64)";
        return Err(source.refused(2, hex(&[code]), expected, REFETCH));
    };
    if !(1..=MAX_RANK).contains(&rank) {
        return Err(source.refused(
            3,
            counted(rank, "dimension"),
            format!("1 to {MAX_RANK}"),
            REFETCH,
        ));
    }
    Ok(Header {
        element,
        dims: read_dims(source, element, rank)?,
    })
}

fn read_dims(source: &mut Bytes, element: Element, rank: u8) -> Result<Vec<usize>, DataError> {
    let mut dims = Vec::with_capacity(usize::from(rank));
    let mut n_bytes = element.n_bytes().max(size_of::<f32>()) as u64;
    for axis in 0..rank {
        let offset = source.offset();
        let mut dim = [0; 4];
        let n = source.fill(&mut dim)?;
        if n < dim.len() {
            let expected = format!("{rank} dimensions of 4 bytes each");
            return Err(source.refused(
                offset + n as u64,
                "the end of the file",
                expected,
                REFETCH,
            ));
        }
        let dim = u32::from_be_bytes(dim);
        if dim == 0 {
            return Err(source.refused(
                offset,
                format!("0 as dimension {axis}"),
                "at least 1",
                REFETCH,
            ));
        }
        // Both factors are below 2^32, as every product kept is within the bound: this cannot overflow.
        n_bytes *= u64::from(dim);
        if n_bytes > MAX_BYTES {
            let found = format!("{dim} as dimension {axis}: {n_bytes} bytes or more");
            return Err(source.refused(
                offset,
                found,
                format!("at most {MAX_BYTES} bytes"),
                "use a smaller file",
            ));
        }
        dims.push(dim as usize);
    }
    Ok(dims)
}

fn check_labels_header(
    source: &Bytes,
    header: &Header,
    n_examples: usize,
    images: &Path,
) -> Result<(), DataError> {
    // The class, and seven more numbers about who wrote the digit.
    let is_of_qmnist = header.element == Element::I32 && header.dims[1..] == [8];
    if header.dims.len() != 1 && !is_of_qmnist {
        let (found, advice) = (
            counted(header.dims.len(), "dimension"),
            "give the file of the labels here",
        );
        return Err(source.refused(3, found, "1: one label per example", advice));
    }
    if header.dims[0] != n_examples {
        let expected = format!("{n_examples}, one for each item of {}", images.display());
        return Err(source.refused(
            4,
            counted(header.dims[0], "label"),
            expected,
            "give files that belong together",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_big_endian() {
        let cases: [(Element, &[u8], &[f32]); 6] = [
            (Element::U8, &[0, 200], &[0.0, 200.0]),
            (Element::I8, &[0x80, 0x7f], &[-128.0, 127.0]),
            (Element::I16, &[0xff, 0xfe, 0x01, 0x00], &[-2.0, 256.0]),
            (
                Element::I32,
                &[0xff, 0xff, 0xff, 0xfd, 0, 1, 0, 0],
                &[-3.0, 65536.0],
            ),
            (Element::F32, &[0x3f, 0x80, 0, 0], &[1.0]),
            (Element::F64, &[0xbf, 0xe0, 0, 0, 0, 0, 0, 0], &[-0.5]),
        ];
        for (element, bytes, expected) in cases {
            let mut numbers = Vec::new();
            element.decode(bytes, &mut numbers);
            assert_eq!(numbers, expected, "{element:?}");
            assert_eq!(bytes.len() / element.n_bytes(), numbers.len());
            assert_eq!(CHUNK_BYTES % element.n_bytes(), 0);
        }
    }
}
