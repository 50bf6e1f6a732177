// Where the numbers come from, what could not be read, and the numbers themselves.
{
  const { data, state } = attune;
  const { el, section, note, table } = attune.dom;

  const download = (name, type, content) => {
    const link = el("a", {
      download: name,
      href: URL.createObjectURL(new Blob([content], { type })),
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  const kTexts = ["name", "label", "operation", "dtype", "rival", "variant"];
  const kNumbers = ["median", "low", "high", "tflops", "gbs", "peak_mib", "of_ceiling"];
  const fields = Object.keys(data.fields);

  const records = () =>
    state.filteredRows().map((row) => ({
      file: data.file(row).path,
      machine: data.file(row).machine,
      commit: data.file(row).commit,
      ...Object.fromEntries(kTexts.map((column) => [column, data.text(column, row)])),
      ...Object.fromEntries(fields.map((name) => [`field.${name}`, data.field(name, row)])),
      ...Object.fromEntries(kNumbers.map((column) => [column, data.value(column, row)])),
    }));

  const csvCell = (value) => (value === null ? "" : `"${String(value).replaceAll('"', '""')}"`);

  const csv = () => {
    const rows = records();
    const columns = [
      ...["file", "machine", "commit", ...kTexts],
      ...fields.map((name) => `field.${name}`),
      ...kNumbers,
    ];
    return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
      .map((cells) => cells.map(csvCell).join(","))
      .join("\r\n");
  };

  const downloads = () => {
    const button = (text, click) => el("button", { type: "button", onclick: click }, text);
    return el(
      "div",
      { class: "controls" },
      button("Filtered rows as CSV", () => download("attune.csv", "text/csv", csv())),
      button("Filtered rows as JSON", () =>
        download("attune.json", "application/json", JSON.stringify(records(), null, 1)),
      ),
      button("Everything as JSON", () =>
        download(
          "attune_all.json",
          "application/json",
          document.getElementById("data").textContent,
        ),
      ),
    );
  };

  const kUsual = [
    "date",
    "commit",
    "dirty",
    "device",
    "cpu",
    "driver",
    "toolkit",
    "torch",
    "cudnn",
    "clocks",
    "temperature",
    "command",
  ];

  const contextCell = (file) => {
    const rest = Object.keys(file.context).filter((key) => !kUsual.includes(key));
    const lines = (keys) =>
      keys
        .filter((key) => key in file.context)
        .map((key) => `${key}: ${file.context[key]}`)
        .join("\n");
    return el(
      "td",
      {},
      el(
        "details",
        {},
        el(
          "summary",
          {},
          file.context.device || file.context.cpu || file.context.host_name || "context",
        ),
        el("pre", {}, lines(kUsual)),
        el("pre", { class: "small" }, lines(rest)),
      ),
    );
  };

  const troubleCell = (file) => {
    const lines = [
      ...file.problems.map((problem) => `left out: ${problem}`),
      ...file.failed.map((f) => `failed: ${f.name}: ${f.message}`),
    ];
    return el(
      "td",
      {},
      lines.length > 0
        ? el(
            "details",
            {},
            el("summary", {}, String(lines.length)),
            el("pre", {}, lines.join("\n")),
          )
        : "",
    );
  };

  const fileTable = () =>
    table(
      [
        "file",
        "date",
        "commit",
        { text: "benchmarks", number: true },
        "context",
        "rows in trouble",
      ],
      data.files.length,
      (i) => {
        const file = data.files[i];
        const dirty = file.context.dirty === "true" ? " (dirty)" : "";
        return [
          file.path,
          el("td", { class: "nowrap" }, file.date.slice(0, 16).replace("T", " ")),
          file.commit.slice(0, 12) + dirty,
          String(file.benchmarks),
          contextCell(file),
          troubleCell(file),
        ];
      },
    );

  const skippedTable = () =>
    data.skipped.length === 0
      ? note("None.")
      : table(["file", "reason"], data.skipped.length, (i) => [
          data.skipped[i].path,
          data.skipped[i].reason,
        ]);

  const render = () => [
    section("Download", downloads()),
    section(`Files: ${data.files.length}`, fileTable()),
    section(`Skipped files: ${data.skipped.length}`, skippedTable()),
  ];

  attune.views.provenance = { title: "Provenance", render };
}
