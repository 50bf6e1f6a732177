// What the generator computed, and access to it by row.
globalThis.attune = { views: {} };
{
  const raw = JSON.parse(document.getElementById("data").textContent);
  const columns = raw.columns;
  const none = [];

  // Row `row` of a column of numbers or of samples.
  const value = (column, row) => (columns[column] || none)[row] ?? null;

  // Row `row` of a column of texts.
  const text = (column, row) => raw.strings[columns[column][row]];

  // What the name of row `row` says of the problem's field `name`; "" where it has none.
  const field = (name, row) => raw.strings[raw.fields[name][row]];

  const file = (row) => raw.files[columns.file[row]];

  const isProblem = (row) => columns.problem[row] >= 0;

  const sorted = (texts) => texts.sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));

  // Every distinct text of a column of indices into the strings, sorted; numbers by size.
  const textsOf = (indices) =>
    sorted([...new Set(indices)].map((index) => raw.strings[index]).filter((t) => t !== ""));

  const kept = new Map();
  const distinct = (column) => {
    const indices = columns[column] || raw.fields[column] || none;
    if (!kept.has(column)) kept.set(column, textsOf(indices));
    return kept.get(column);
  };

  const machines = sorted([...new Set(raw.files.map((f) => f.machine))]);

  const verdictNames = ["FASTER", "SLOWER", "SAME", "AMBIGUOUS"];

  attune.data = {
    ...raw,
    value,
    text,
    field,
    file,
    isProblem,
    distinct,
    machines,
    sorted,
    verdictNames,
  };
}
