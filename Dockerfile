FROM python:3.12-slim
WORKDIR /isthmus
COPY requirements.txt pyproject.toml ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
 && useradd --create-home isthmus && mkdir -p .isthmus && chown isthmus .isthmus
USER isthmus
CMD ["isthmus", "--help"]
