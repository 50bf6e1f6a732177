// What is fastest where: one table, and lines over size for each kind of problem.
{
  const { data, state } = attune;
  const { el, table, section, note, seconds } = attune.dom;
  const kCharts = 6;

  const operationOf = (row) => data.operations[data.text("operation", row)];

  // The fields that tell kinds of problems of an operation apart.
  const kindFields = ({ fields, sizes }) => fields.filter((name) => !sizes.includes(name));

  // A number says little without what it counts, and "all" nothing at all.
  const named = (name, value) => {
    if (value === "all") return "";
    return /^\d+$/.test(value) ? `${name.replace("_", " ")} ${value}` : value;
  };

  const kindName = (row) =>
    [
      data.file(row).machine,
      data.text("operation", row),
      data.text("dtype", row),
      ...kindFields(operationOf(row)).map((name) => named(name, data.field(name, row))),
    ]
      .filter(Boolean)
      .join("  ");

  // Files come by date: of one rival the newest file counts, within it the fastest variant.
  const { file: fileOf, median: medianOf, problem: problemOf, rival: rivalOf } = data.columns;
  const replaces = (row, before) =>
    fileOf[row] > fileOf[before] ||
    (fileOf[row] === fileOf[before] && medianOf[row] < medianOf[before]);

  // {first, rows: one for each rival} for each problem, those with the most rivals first.
  const problems = (rows) => {
    const found = [];
    for (const row of rows) {
      if (problemOf[row] < 0) continue;
      found[problemOf[row]] ??= { first: row, rows: [] };
      const best = found[problemOf[row]].rows;
      const at = best.findIndex((other) => rivalOf[other] === rivalOf[row]);
      if (at < 0) best.push(row);
      else if (replaces(row, best[at])) best[at] = row;
    }
    const byCount = [];
    for (const problem of found.filter(Boolean)) {
      byCount[problem.rows.length] ??= [];
      byCount[problem.rows.length].push(problem);
    }
    return byCount.reverse().flat();
  };

  const fastestTime = ({ rows }) => Math.min(...rows.map((row) => medianOf[row]));

  const rivalCell = (problem, rival) => {
    const row = problem.rows.find((r) => data.text("rival", r) === rival);
    if (row === undefined) return "";
    const time = medianOf[row];
    const over = time / fastestTime(problem);
    const best = over === 1 && problem.rows.length > 1;
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

  // Those that were measured on most problems first: they are what the others are compared with.
  const rivalsIn = (list) => {
    const counts = new Map();
    for (const problem of list) {
      for (const row of problem.rows) {
        const rival = data.text("rival", row);
        counts.set(rival, (counts.get(rival) ?? 0) + 1);
      }
    }
    return data.sorted([...counts.keys()]).sort((a, b) => counts.get(b) - counts.get(a));
  };

  // Of problems of one operation.
  const problemTable = (list) => {
    const rivals = rivalsIn(list);
    const { fields } = operationOf(list[0].first);
    return table(
      [
        ...["machine", "dtype", ...fields.map((name) => name.replace("_", " "))],
        ...rivals.map((text) => ({ text, number: true })),
      ],
      list.length,
      (i) => [
        data.file(list[i].first).machine,
        data.text("dtype", list[i].first),
        ...fields.map((name) => data.field(name, list[i].first)),
        ...rivals.map((rival) => rivalCell(list[i], rival)),
      ],
    );
  };

  // A table for each operation, those with the most problems first: what differs in fields and
  // rivals would leave most of one table empty.
  const problemTables = (list) => {
    const operations = new Map();
    for (const problem of list) {
      const operation = data.text("operation", problem.first);
      if (!operations.has(operation)) operations.set(operation, []);
      operations.get(operation).push(problem);
    }
    return [...operations]
      .sort(([, a], [, b]) => b.length - a.length)
      .flatMap(([operation, members]) => [el("h3", {}, operation), problemTable(members)]);
  };

  // Where a row stands along a chart: its first size.
  const axisOf = (row) => operationOf(row).sizes[0];
  const positionOf = (row) => Number(data.field(axisOf(row), row));
  const otherSizes = (row) =>
    operationOf(row)
      .sizes.slice(1)
      .map((name) => data.field(name, row))
      .join("  ");

  // Of several problems of one position (batches of one length, say) the line goes through the one that runs best; the others are dots.
  const lineAndDots = (name, points) => {
    const best = new Map();
    for (const point of points)
      if (!(best.get(point[0])?.[1] >= point[1])) best.set(point[0], point);
    const marked = ([x, y, name]) => ({ value: [String(x), y], name });
    const line = [...best.values()].sort((a, b) => a[0] - b[0]);
    const dots = points.filter((point) => best.get(point[0]) !== point);
    const look = { name, color: attune.charts.rivalColor(name), symbol: "circle" };
    return [
      { ...look, type: "line", symbolSize: 7, data: line.map(marked) },
      {
        ...look,
        type: "scatter",
        symbolSize: 5,
        large: dots.length > 300,
        itemStyle: { opacity: 0.5 },
        data: dots.map(marked),
      },
    ];
  };

  // TFLOP/s where all rows have it, else problems a second.
  const lineChart = (list, index) => {
    const rows = list.flatMap((problem) => problem.rows);
    const hasRate = rows.every((row) => data.value("tflops", row) !== null);
    const speed = (row) => (hasRate ? data.value("tflops", row) : 1 / medianOf[row]);
    const lines = new Map();
    for (const row of rows) {
      const rival = data.text("rival", row);
      if (!lines.has(rival)) lines.set(rival, []);
      lines.get(rival).push([positionOf(row), speed(row), otherSizes(row)]);
    }
    const positions = data.sorted([...new Set(rows.map((row) => String(positionOf(row))))]);
    // The legend has pages: the fastest stand on the first.
    const peak = ([, points]) => Math.max(...points.map(([, y]) => y));
    const series = [...lines]
      .sort((a, b) => peak(b) - peak(a))
      .flatMap(([name, points]) => lineAndDots(name, points));
    const axis = axisOf(rows[0]);
    const option = {
      xAxis: {
        type: "category",
        data: positions,
        name: axis,
        nameLocation: "middle",
        nameGap: 26,
      },
      yAxis: { type: "value", nameGap: 10, name: hasRate ? "TFLOP/s" : "1/s" },
      tooltip: {
        trigger: "item",
        formatter: (p) =>
          `${p.seriesName}\n${axis} ${p.value[0]}  ${p.name}\n${p.value[1].toPrecision(4)}`,
      },
      series,
    };
    const kind = kindName(rows[0]);
    return el(
      "div",
      {},
      el("h3", {}, kind),
      attune.charts.chart(option, {
        label: `Speed over ${axis}: ${kind}`,
        place: `chart ${index}`,
      }),
    );
  };

  const lineCharts = (list) => {
    const kinds = [];
    for (const problem of list) {
      const kind = data.columns.kind[problem.first];
      kinds[kind] ??= { weight: 0, members: [] };
      kinds[kind].members.push(problem);
      // Those that compare most come first.
      kinds[kind].weight += problem.rows.length ** 2;
    }
    const ordered = kinds.filter(Boolean).sort((a, b) => b.weight - a.weight);
    const charts = ordered.slice(0, kCharts).map(({ members }, i) => lineChart(members, i));
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
    if (list.length === 0)
      return [note("No benchmark that passes the filters says in its name what it computes.")];
    return [
      section("Speed over size", ...lineCharts(list)),
      section(
        "Fastest for each problem",
        note(
          "Medians; behind them how many times as long as the fastest. Of a rival the newest run counts, and its fastest variant.",
        ),
        ...problemTables(list),
      ),
    ];
  };

  attune.views.fastest = { title: "Fastest", render };
}
