// Medians over runs with their intervals, and where the level changed.
{
  const { data, state } = attune;
  const { section, note, table, seconds, el } = attune.dom;

  const commitOf = (row) => data.file(row).commit.slice(0, 9) || "no commit";
  const labelOf = (row) =>
    `${data.file(row).date.slice(0, 16).replace("T", " ")}\n${commitOf(row)}`;

  const describe = (history, change) => {
    const [verdict, ratio, low, high] = change.verdict;
    const size = `${ratio.toFixed(3)}x (${low?.toFixed(3)} to ${high?.toFixed(3)})`;
    return `${data.verdictNames[verdict]} ${size} since ${commitOf(history.rows[change.run])}${change.confirmed ? "" : ", unconfirmed"}`;
  };

  const band = (history, column, base) =>
    history.rows.map((row) => {
      const end = data.value(column, row) ?? data.value("median", row);
      return (base ? end - (data.value(base, row) ?? data.value("median", row)) : end) * 1e3;
    });

  const historyChart = (history) => {
    const medians = history.rows.map((row) => data.value("median", row) * 1e3);
    const invisible = {
      type: "line",
      stack: "band",
      symbol: "none",
      lineStyle: { opacity: 0 },
      tooltip: { show: false },
      silent: true,
    };
    const marks = history.changes.map((change) => ({
      xAxis: change.run,
      label: { formatter: data.verdictNames[change.verdict[0]] },
    }));
    const option = {
      legend: { show: false },
      grid: { left: 70, right: 40, top: 44, bottom: 56 },
      xAxis: {
        type: "category",
        data: history.rows.map(labelOf),
        boundaryGap: true,
        axisLabel: { lineHeight: 16 },
      },
      yAxis: { type: "value", name: "ms", scale: true },
      tooltip: {
        trigger: "item",
        formatter: (p) => `${data.file(history.rows[p.dataIndex]).path}\n${seconds(p.value / 1e3)}`,
      },
      series: [
        { ...invisible, name: "low", data: band(history, "low", null) },
        {
          ...invisible,
          name: "interval",
          data: band(history, "high", "low"),
          areaStyle: { color: attune.charts.color("accent"), opacity: 0.2 },
        },
        {
          name: "median",
          type: "line",
          data: medians,
          symbolSize: 8,
          color: attune.charts.color("accent"),
          markLine: {
            symbol: "none",
            data: marks,
            lineStyle: { color: attune.charts.color("bad") },
            label: { color: attune.charts.color("ink") },
          },
        },
      ],
    };
    const label = `History of ${history.name} on ${history.machine}`;
    return attune.charts.chart(option, { tall: true, label, place: "history" });
  };

  const ordered = data.histories.sort(
    (a, b) => b.changes.length - a.changes.length || b.rows.length - a.rows.length,
  );

  const render = () => {
    const list = ordered.filter((history) => history.rows.some(state.passes));
    if (list.length === 0)
      return [note("No benchmark that passes the filters was run more than once on one machine.")];
    const wanted = list.findIndex(
      (history) => `${history.machine} ${history.name}` === state.get("series"),
    );
    const chosen = Math.max(0, wanted);
    const choose = (i) => state.set({ series: `${list[i].machine} ${list[i].name}` });
    const titles = ["machine", "benchmark", { text: "runs", number: true }, "changes"];
    const rowOf = (i) => [
      list[i].machine,
      el("td", { class: "name" }, list[i].name),
      String(list[i].rows.length),
      el(
        "td",
        { class: "changes" },
        ...list[i].changes.map((change) =>
          el("div", { class: data.verdictNames[change.verdict[0]] }, describe(list[i], change)),
        ),
      ),
    ];
    return [
      section(
        list[chosen].name,
        note(
          "Median of each run with its 95 % interval. A change is a run that differs from all runs since the last change and whose successor does too; runs with too few samples to decide are taken together.",
        ),
        historyChart(list[chosen]),
      ),
      section(
        "Benchmarks that ran more than once",
        table(titles, list.length, rowOf, choose, chosen),
      ),
    ];
  };

  attune.views.history = { title: "History", render };
}
