"""Fitting in words: what a funnel's numbers were counted from, and what to know about them."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "fit.head": Label(
        "{customers} customers, {visits} visits, {censored} still under way",
        "клиентов: {customers}, визитов: {visits}, ещё в пути: {censored}",
    ),
    "fit.stages": Label("Stages", "Этапы"),
    "fit.losses": Label(
        "Losses: probability over a visit followed to its end", "Потери: вероятность за визит до его конца"
    ),
    "fit.probability": Label("Probability", "Вероятность"),
    "fit.interval": Label("95% interval", "95%-й интервал"),
    "fit.count": Label("Lost", "Потеряно"),
    "fit.entered": Label("Entered", "Вошли"),
    "fit.mechanism": Label("How it acts", "Как действует"),
    "fit.takes": Label("Times to completion", "Время до завершения"),
    "fit.law": Label("Law", "Закон"),
    "fit.median": Label("Median", "Медиана"),
    "fit.mean": Label("Mean", "Среднее"),
    "fit.completed": Label("Completed", "Прошли"),
    "fit.distance": Label("Off by at most", "Отклонение не более"),
    "fit.dates": Label("By a time since entering (Aalen–Johansen)", "К сроку после входа (Аален–Йохансен)"),
    "fit.replies": Label(
        "Who went on, by how soon they were answered (observational)",
        "Кто прошёл дальше, по времени до ответа (наблюдение)",
    ),
    "fit.replies.time": Label("Answered", "Ответ"),
    "fit.replies.answered": Label("Customers", "Клиентов"),
    "fit.replies.share": Label("Went on", "Прошли"),
    "fit.replies.within": Label("Segments alike", "При равных сегментах"),
    "fit.replies.over": Label("after {low}", "после {low}"),
    "fit.replies.between": Label("{low} to {high}", "{low} – {high}"),
    "fit.replies.within_time": Label("within {high}", "за {high}"),
    "fit.replies.told": Label(
        "Who is answered sooner may differ in other ways, too, and who left unanswered is not here: this is no "
        "forecast of faster answers.",
        "Кому отвечают раньше, могут отличаться и в другом, а ушедших без ответа здесь нет: это не прогноз того, "
        "что даст быстрый ответ.",
    ),
    "fit.repeat": Label("Expected of a new buyer", "Ожидание для нового покупателя"),
    "fit.repeat.purchases": Label("Purchases after the first", "Покупок после первой"),
    "fit.repeat.told": Label(
        "BG/NBD (Fader, Hardie & Lee 2005) on {customers} buyers: r {r}, α {alpha} d, a {a}, b {b}; a curve of its "
        "own, the funnel has the routes",
        "BG/NBD (Fader, Hardie & Lee 2005) по {customers} покупателям: r {r}, α {alpha} дн., a {a}, b {b}; это "
        "отдельная кривая, в воронке — маршруты",
    ),
    "fit.latent": Label("Segments that nobody wrote down", "Сегменты, которых никто не записал"),
    "fit.latent.segments": Label("Segments", "Сегментов"),
    "fit.latent.likelihood": Label("Log likelihood", "Логарифм правдоподобия"),
    "fit.latent.numbers": Label("Numbers of theirs", "Их чисел"),
    "fit.latent.bic": Label("BIC, less is better", "BIC, меньше — лучше"),
    "fit.latent.segment": Label("Segment", "Сегмент"),
    "fit.latent.what": Label("What differs", "Что отличается"),
    "fit.latent.share": Label("Share of customers", "Доля клиентов"),
    "fit.latent.takes": Label("{stage}: time to completion", "{stage}: время до завершения"),
    "fit.latent.ratio": Label("By how much", "Во сколько"),
    "fit.latent.told": Label(
        "Hazards of loss and times are multiplied. A customer's segment is known from the journey with a probability "
        "of {told} on average.",
        "Умножаются интенсивности потерь и времена. Сегмент клиента узнаётся по его пути в среднем с вероятностью "
        "{told}.",
    ),
    "fit.notes": Label("Notes", "Примечания"),
    "fit.parameters": Label("Numbers", "Числа"),
    "fit.parameter": Label("Number", "Число"),
    "fit.estimate": Label("Estimate", "Оценка"),
    "fit.low": Label("Low, 95%", "Низ, 95 %"),
    "fit.high": Label("High, 95%", "Верх, 95 %"),
    "fit.n": Label("At risk", "Под риском"),
    "fit.events": Label("Events", "Событий"),
    "fit.exposure": Label("Days", "Дней"),
    "fit.method": Label("What it is", "Что это"),
    "fit.how.chance": Label("chance at entry", "при входе, с вероятностью"),
    "fit.how.exit": Label("chance at exit", "при выходе, с вероятностью"),
    "fit.how.time_to_loss": Label("time to loss, {law}", "время до потери, {law}"),
    "fit.how.patience": Label("patience, {law}", "терпение, {law}"),
    "fit.how.forgetting": Label("forgetting", "забывание"),
    "fit.law.exponential": Label("exponential", "показательное"),
    "fit.law.weibull": Label("Weibull", "Вейбулла"),
    "fit.law.gamma": Label("gamma", "гамма"),
    "fit.law.lognormal": Label("lognormal", "логнормальное"),
    "fit.law.loglogistic": Label("log-logistic", "лог-логистическое"),
    "fit.law.empirical": Label("as observed", "как наблюдалось"),
    "fit.law.fixed": Label("fixed", "постоянное"),
    "fit.law.forgetting": Label("power law", "степенной закон"),
    "fit.note.net": Label(
        "Removing a cause is taken to leave the others as they are; the data cannot test that (Tsiatis 1975).",
        "Считается, что без одной причины остальные действуют так же; по данным это не проверить (Tsiatis 1975).",
    ),
    "fit.note.censored": Label(
        "Who is still under way is censored, not dropped: shares of closed cases alone would be wrong.",
        "Кто ещё в пути, цензурирован, а не выброшен: доли одних закрытых сделок неверны.",
    ),
    "fit.note.observational": Label(
        "All rates are observational: what a change of a stage does to them is an assumption of the scenario.",
        "Все частоты — наблюдение: как изменение этапа на них скажется, предполагает сценарий.",
    ),
    "fit.guess.look": Label(
        "A guess: look in {map} at the order of the stages, at what means won, lost and open, and at the date of the "
        "export (censored_at); its comments say more.",
        "Это догадка: проверьте в {map} порядок этапов, что значит «выиграно», «потеряно» и «открыто», и дату выгрузки "
        "(censored_at); об остальном — комментарии в файле.",
    ),
    "fit.guess.next": Label(
        "Then: funnelsim fit {log} --map {map} -o FUNNEL.yaml", "Затем: funnelsim fit {log} --map {map} -o FUNNEL.yaml"
    ),
    "fit.file.head": Label(
        "Fitted by funnelsim to {source}: {customers} customers, {visits} visits, {censored} still under way.",
        "Оценено funnelsim по {source}: клиентов {customers}, визитов {visits}, ещё в пути {censored}.",
    ),
    "fit.file.how": Label(
        "After each number: events of how many at risk, and its 95% interval. Methods: docs/fitting.md.",
        "За каждым числом — сколько событий из скольких и 95%-й интервал. Методы: docs/fitting.md.",
    ),
    "fit.file.samples": Label(
        "{file} holds joint draws of the numbers: `compare` carries their uncertainty from there.",
        "В {file} — совместные выборки чисел: оттуда `compare` берёт их неопределённость.",
    ),
    "fit.file.warning": Label("Note", "Примечание"),
    "fit.file.counted": Label("{events} of {n}", "{events} из {n}"),
    "fit.file.counted_only": Label("{events}", "{events}"),
    "fit.warn.reasons_missing": Label(
        "{stage}: losses without a reason are shared like those with one (missing at random)",
        "{stage}: потери без причины разнесены как потери с причиной (пропуски случайны)",
    ),
    "fit.warn.entry_not_told": Label(
        "{stage}, {cause}: a chance at entry cannot be told from a time to loss in these stamps; taken as a time",
        "{stage}, {cause}: по этим отметкам потеря при входе не отличима от времени до потери; взято время",
    ),
    "fit.warn.counts_only": Label(
        "counts say nothing of times: all of it happens at once here, so put in what you know (`takes`)",
        "подсчёты ничего не говорят о времени: здесь всё происходит сразу, впишите, что знаете (`takes`)",
    ),
    "fit.warn.counts_open": Label(
        "{stage}: who is still open is left out; taken to end like those who have ended",
        "{stage}: кто ещё в пути, не учтён; считается, что закончит как закончившие",
    ),
    "fit.warn.never_completed": Label(
        "{stage}: nobody completed it; how long it takes is not known",
        "{stage}: никто не прошёл этап; сколько он длится, неизвестно",
    ),
    "fit.warn.few_completed": Label(
        "{stage}: completed fewer than ten times; its time is a guess",
        "{stage}: пройден меньше десяти раз; его длительность — догадка",
    ),
    "fit.warn.forgetting_as_time": Label(
        "{stage}, {cause}: forgetting is taken as a time to loss; reminders would need its true form",
        "{stage}, {cause}: забывание взято как время до потери; для напоминаний нужна его настоящая форма",
    ),
    "fit.warn.paid_mixed": Label(
        "{stage}: only some of those who complete it pay, whichever way they go; all are taken to pay",
        "{stage}: платят не все прошедшие, куда бы они ни шли; считается, что все",
    ),
    "fit.warn.amounts_missing": Label(
        "{stage}: some amounts are not known; taken like the known ones",
        "{stage}: некоторые суммы неизвестны; считаются такими же, как известные",
    ),
    "fit.warn.base_without_segments": Label(
        "the base is fitted to customers of no segment; segments differ from it by the ratios of their losses",
        "основа оценена по клиентам вне сегментов; сегменты отличаются от неё отношениями потерь",
    ),
    "fit.warn.segment_pace": Label(
        "{stage}: segment {cause} goes on at another pace than the base; only its losses are adjusted, so fit it apart",
        "{stage}: сегмент {cause} движется с другой скоростью; поправлены только потери, оцените его отдельно",
    ),
    "fit.warn.returns_apart": Label(
        "{stage}: those who come back have times and losses of their own (segment {cause}, given by the routes back)",
        "{stage}: у вернувшихся свои сроки и потери (сегмент {cause}, его дают обратные переходы)",
    ),
    "fit.warn.latent_none": Label(
        "no segments that nobody wrote down: one law for all describes the journeys as well (BIC)",
        "скрытых сегментов не найдено: один закон для всех описывает путь не хуже (BIC)",
    ),
    "fit.warn.latent_not_told": Label(
        "as many latent segments as were asked for, although one law for all describes the journeys as well (BIC)",
        "скрытых сегментов столько, сколько запрошено, хотя один закон для всех описывает путь не хуже (BIC)",
    ),
    "fit.warn.latent_observational": Label(
        "latent segments are told apart only by what goes together in a journey; anything else that makes stages go "
        "together, such as a change over the months, looks the same",
        "скрытые сегменты различимы лишь по тому, что на пути случается вместе; всё прочее, что связывает этапы, "
        "например изменения по месяцам, выглядит так же",
    ),
}
