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

  const file = (row) => raw.files[columns.file[row]];

  const isAttention = (row) => text("direction", row) !== "";

  // Every distinct text of a column, sorted; numbers by size.
  const distinct = (column) => {
    const indices = new Set(columns[column] || none);
    return sorted([...indices].map((index) => raw.strings[index]).filter((t) => t !== ""));
  };

  const sorted = (texts) => texts.sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));

  const verdictNames = ["FASTER", "SLOWER", "SAME", "AMBIGUOUS"];

  attune.data = { ...raw, value, text, file, isAttention, distinct, sorted, verdictNames };
}
