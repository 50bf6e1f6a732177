// On a served page alone, which gives attune.version of the files that it shows: loads it again when
// they have another. The address keeps the view.
{
  const kMillisecondsBetween = 2000;

  const check = async () => {
    try {
      const latest = await (await fetch("/version")).text();
      if (latest !== attune.version) location.reload();
    } catch {
      // The server has ended; what is shown stays.
    }
    setTimeout(check, kMillisecondsBetween);
  };

  // Not at once: of files that grow all the time the page would do nothing but load.
  if (location.protocol === "http:") setTimeout(check, kMillisecondsBetween);
}
