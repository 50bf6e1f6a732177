// What is fastest where: one table, and lines over length for each kind of problem.
{
  const { data, state } = attune;
  const { el, table, section, note, seconds } = attune.dom;
  const kCharts = 6;

  const groupOf = (row) =>
    [
      data.file(row).machine,
      ...["direction", "dtype", "head_dim", "mask"].map((c) => data.text(c, row)),
    ].join("  ");

  // Of each row, made when it is first asked for.
  const keys = [];
  const problemOf = (row) => {
    keys[row] ??= [groupOf(row), data.text("length", row), data.text("heads", row)].join("\u0000");
    return keys[row];
  };

  // Files come by date: of one rival the newest file counts, within it the fastest variant.
  const replaces = (row, before) => {
    const file = data.value("file", row);
    const fileBefore = data.value("file", before);
    return (
      file > fileBefore ||
      (file === fileBefore && data.value("median", row) < data.value("median", before))
    );
  };

  // {first, rivals: Map of rival to row} for each problem.
  const problems = (rows) => {
    const found = new Map();
    for (const row of rows) {
      if (!data.isAttention(row)) continue;
      const key = problemOf(row);
      if (!found.has(key)) found.set(key, { first: row, rivals: new Map() });
      const { rivals } = found.get(key);
      const rival = data.text("rival", row);
      const before = rivals.get(rival);
      if (before === undefined || replaces(row, before)) rivals.set(rival, row);
    }
    return [...found.values()].sort((a, b) => b.rivals.size - a.rivals.size);
  };

  const fastestTime = ({ rivals }) =>
    Math.min(...[...rivals.values()].map((row) => data.value("median", row)));

  const rivalCell = (problem, rival) => {
    const row = problem.rivals.get(rival);
    if (row === undefined) return "";
    const time = data.value("median", row);
    const over = time / fastestTime(problem);
    const best = over === 1 && problem.rivals.size > 1;
    const title = [data.text("variant", row), data.text("label", row), data.file(row).path]
      .filter(Boolean)
      .join("\n");
    return el(
      "td",
      { class: best ? "number best" : "number", title },
      seconds(time),
      best || over === 1 ? "" : el("span", { class: "small" }, ` ${over.toFixed(2)}x`),
    );
  };

  const problemTable = (list) => {
    const rivals = data.sorted([...new Set(list.flatMap((p) => [...p.rivals.keys()]))]);
    const titles = ["machine", "direction", "dtype", "head dim", "mask", "length", "batch x heads"];
    const columns = ["direction", "dtype", "head_dim", "mask", "length", "heads"];
    return table(
      [...titles, ...rivals.map((text) => ({ text, number: true }))],
      list.length,
      (i) => [
        data.file(list[i].first).machine,
        ...columns.map((column) => data.text(column, list[i].first)),
        ...rivals.map((rival) => rivalCell(list[i], rival)),
      ],
    );
  };

  const lengthOf = (row) => Number(data.text("length", row).split("_").pop());

  // Of several batches of one length the line goes through the one that runs best; the others are dots.
  const lineAndDots = (name, points) => {
    const best = new Map();
    for (const point of points)
      if (!(best.get(point[0])?.[1] >= point[1])) best.set(point[0], point);
    const marked = ([length, y, heads]) => ({ value: [String(length), y], name: heads });
    const line = [...best.values()].sort((a, b) => a[0] - b[0]);
    const dots = points.filter((point) => best.get(point[0]) !== point);
    const look = { name, color: attune.charts.rivalColor(name), symbol: "circle" };
    return [
      { ...look, type: "line", symbolSize: 7, data: line.map(marked) },
      {
        ...look,
        type: "scatter",
        symbolSize: 5,
        itemStyle: { opacity: 0.5 },
        data: dots.map(marked),
      },
    ];
  };

  // TFLOP/s where all rows have it, else problems a second.
  const lineChart = (group, list) => {
    const rows = list.flatMap((problem) => [...problem.rivals.values()]);
    const hasRate = rows.every((row) => data.value("tflops", row) !== null);
    const speed = (row) => (hasRate ? data.value("tflops", row) : 1 / data.value("median", row));
    const lines = new Map();
    for (const row of rows) {
      const rival = data.text("rival", row);
      if (!lines.has(rival)) lines.set(rival, []);
      lines.get(rival).push([lengthOf(row), speed(row), data.text("heads", row)]);
    }
    const lengths = data.sorted([...new Set(rows.map((row) => String(lengthOf(row))))]);
    const series = [...lines].flatMap(([name, points]) => lineAndDots(name, points));
    const option = {
      xAxis: {
        type: "category",
        data: lengths,
        name: "length",
        nameLocation: "middle",
        nameGap: 26,
      },
      yAxis: { type: "value", nameGap: 10, name: hasRate ? "TFLOP/s" : "1/s" },
      tooltip: {
        trigger: "item",
        formatter: (p) =>
          `${p.seriesName}\nlength ${p.value[0]}, ${p.name}\n${p.value[1].toPrecision(4)}`,
      },
      series,
    };
    return el(
      "div",
      {},
      el("h3", {}, group),
      attune.charts.chart(option, { label: `Speed over length: ${group}` }),
    );
  };

  const lineCharts = (list) => {
    const groups = new Map();
    for (const problem of list) {
      const group = groupOf(problem.first);
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push(problem);
    }
    // Those that compare most come first.
    const weight = (members) => members.reduce((sum, p) => sum + p.rivals.size ** 2, 0);
    const ordered = [...groups].sort((a, b) => weight(b[1]) - weight(a[1]));
    const charts = ordered.slice(0, kCharts).map(([group, members]) => lineChart(group, members));
    const rest = ordered.length - charts.length;
    return [
      el("div", { class: "grid" }, ...charts),
      rest > 0
        ? note(`${rest} more kinds of problem: narrow the filters to see their charts.`)
        : null,
    ];
  };

  const render = () => {
    const list = problems(state.filteredRows());
    if (list.length === 0) return [note("No attention benchmark passes the filters.")];
    return [
      section("Speed over length", ...lineCharts(list)),
      section(
        "Fastest for each problem",
        note(
          "Medians; behind them how many times as long as the fastest. Of a rival the newest run counts, and its fastest variant.",
        ),
        problemTable(list),
      ),
    ];
  };

  attune.views.fastest = { title: "Fastest", render };
}
