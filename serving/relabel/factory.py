"""The router of a batch run, built in each worker from the folders that the user named."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jiesu.serving.relabel.labels import TicketRouter
from jiesu.serving.relabel.options import RelabelOptions
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.tree import LabelTree

_HASH_CHARS = 16


@dataclass(frozen=True, slots=True)
class CityRouterFactory:
    """Builds the router of one city with one model; None stands for the default."""

    city: Path | None
    model: Path | None
    gazetteer: Path | None

    @classmethod
    def of(cls, options: RelabelOptions) -> "CityRouterFactory":
        """Take the folders from the options."""
        return cls(options.city, options.model, options.gazetteer)

    def identity(self) -> dict[str, str]:
        """Return what the labels depend on.

        Raises:
            InputError: the city cannot be read.
            ArtefactError: there is no model.
        """
        from jiesu.classifier.artefact import default_model_folder
        from jiesu.taxonomy.city import load_city

        city = load_city(self.city)
        model = self.model or default_model_folder(city.id)
        card = model / "card.json"
        if not card.is_file():
            raise ArtefactError(f"没有找到模型：{model} 中没有 card.json；请用 --model 指定文件夹")
        return {
            "城市": f"{city.id} {city.tree.version} {city.rules_version}",
            "模型": f"{model.name} {sha256(card.read_bytes()).hexdigest()[:_HASH_CHARS]}",
            "附加地名": str(self.gazetteer or ""),
        }

    def __call__(self) -> tuple[TicketRouter, LabelTree]:
        """Build the router.

        Raises:
            ArtefactError: the model is broken: a file labelled without it would be worthless.
        """
        from jiesu.serving.engine import load_engine
        from jiesu.serving.settings import load_settings

        settings = load_settings(city=self.city, model=self.model, extra_gazetteer=self.gazetteer)
        engine = load_engine(settings)
        if "model" in engine.problems:
            raise ArtefactError(engine.problems["model"])
        return engine.current, engine.city.tree
