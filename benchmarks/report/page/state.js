// What is shown, kept in the address: "#view=compare&dtype=bf16".
{
  const { data } = attune;
  let parameters = new URLSearchParams(location.hash.slice(1));
  const listeners = [];

  const get = (key) => parameters.get(key) || "";

  // {key: in the address, label, values: to choose from, column: of indices into the strings}. What
  // names say of problems depends on what was measured, so those keys have a prefix of their own.
  const filterOf = (name, key, column) => ({
    key,
    label: name.replace("_", " "),
    values: data.distinct(name),
    column,
  });
  const isSize = (name) =>
    Object.values(data.operations).some((operation) => operation.sizes[0] === name);
  const fields = Object.keys(data.fields).filter((name) => !isSize(name));
  const filters = [
    ...["operation", "dtype"].map((name) => filterOf(name, name, data.columns[name])),
    ...fields.map((name) => filterOf(name, `is.${name}`, data.fields[name])),
    filterOf("rival", "rival", data.columns.rival),
  ].filter(({ values }) => values.length > 1);

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

  // Clears the mark of each row whose entry in `column` is not `wanted`.
  const keepEqual = (passes, column, wanted) => {
    for (let row = 0; row < data.rows; ++row) if (column[row] !== wanted) passes[row] = 0;
  };

  let lowered = null;
  const keepFound = (passes, query) => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    lowered ??= data.strings.map((s) => s.toLowerCase());
    const found = lowered.map((s) => words.every((word) => s.includes(word)));
    const { name, label } = data.columns;
    for (let row = 0; row < data.rows; ++row)
      if (!found[name[row]] && !found[label[row]]) passes[row] = 0;
  };

  const keepMachine = (passes, machine) => {
    const wanted = data.files.map((file) => file.machine === machine);
    const { file } = data.columns;
    for (let row = 0; row < data.rows; ++row) if (!wanted[file[row]]) passes[row] = 0;
  };

  const applyFilters = () => {
    const passes = new Uint8Array(data.rows).fill(1);
    for (const { key, column } of filters)
      if (get(key)) keepEqual(passes, column, data.strings.indexOf(get(key)));
    if (get("machine")) keepMachine(passes, get("machine"));
    if (get("q")) keepFound(passes, get("q"));
    const rows = [];
    for (let row = 0; row < data.rows; ++row) if (passes[row]) rows.push(row);
    return { passes, rows };
  };

  let filtered = null;
  const current = () => {
    filtered ??= applyFilters();
    return filtered;
  };
  // Indices of the rows that pass all filters, ascending.
  const filteredRows = () => current().rows;
  const passes = (row) => current().passes[row] === 1;

  const filterKeys = ["machine", ...filters.map(({ key }) => key), "q"];
  const clearFilters = () => set(Object.fromEntries(filterKeys.map((key) => [key, ""])));

  const onChange = (listener) => listeners.push(listener);

  attune.state = { get, set, filteredRows, passes, clearFilters, onChange, filters };
}
