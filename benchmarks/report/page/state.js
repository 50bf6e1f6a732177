// What is shown, kept in the address: "#view=compare&dtype=bf16".
{
  const { data } = attune;
  const kFilters = ["direction", "dtype", "head_dim", "mask", "heads", "rival"];
  let parameters = new URLSearchParams(location.hash.slice(1));
  const listeners = [];

  const get = (key) => parameters.get(key) || "";

  // Sets several keys at once; an empty value removes its key.
  const set = (changes) => {
    for (const [key, value] of Object.entries(changes)) {
      if (value === "") parameters.delete(key);
      else parameters.set(key, value);
    }
    history.replaceState(null, "", `#${parameters}`);
    filtered = null;
    for (const listener of listeners) listener(Object.keys(changes));
  };

  addEventListener("hashchange", () => {
    const changed = [...parameters.keys()];
    parameters = new URLSearchParams(location.hash.slice(1));
    filtered = null;
    for (const listener of listeners) listener([...changed, ...parameters.keys()]);
  });

  // For each string of the data whether it is `wanted` (equal) or has the words.
  const matching = (column, wanted) => {
    const values = data.columns[column] || [];
    const index = data.strings.indexOf(wanted);
    return (row) => values[row] === index;
  };

  const searching = (query) => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const found = data.strings.map((s) => words.every((word) => s.toLowerCase().includes(word)));
    const { name, label } = data.columns;
    return (row) => found[name[row]] || found[label[row]];
  };

  const findRows = () => {
    const tests = kFilters.filter(get).map((column) => matching(column, get(column)));
    const machine = get("machine");
    if (machine) tests.push((row) => data.file(row).machine === machine);
    if (get("q")) tests.push(searching(get("q")));
    const rows = [];
    for (let row = 0; row < data.rows; ++row) {
      if (tests.every((test) => test(row))) rows.push(row);
    }
    return rows;
  };

  // Indices of the rows that pass all filters.
  let filtered = null;
  const filteredRows = () => {
    filtered ??= findRows();
    return filtered;
  };

  const clearFilters = () =>
    set(Object.fromEntries([...kFilters, "machine", "q"].map((key) => [key, ""])));

  const onChange = (listener) => listeners.push(listener);

  attune.state = { get, set, filteredRows, clearFilters, onChange, filters: kFilters };
}
