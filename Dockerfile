# One image for every process of the system; docker-compose.yml says which one a container runs.

FROM python:3.13-slim AS tools
WORKDIR /app
COPY bin/uv.lock bin/
RUN pip install --no-cache-dir --require-hashes -r bin/uv.lock

# The browser's third-party files: this stage has npm (from a wheel), the image does not.
FROM tools AS vendor
COPY requirements-demo.lock package.json package-lock.json ./
RUN uv pip sync --system --no-cache --require-hashes requirements-demo.lock
COPY bin/vendor.py bin/
RUN python bin/vendor.py

FROM tools
COPY requirements.lock .
RUN uv pip install --system --no-cache --compile-bytecode --require-hashes -r requirements.lock
COPY . .
COPY --from=vendor /app/static/vendor static/vendor
# The user who runs it may not write here, and without it every start would compile everything again.
RUN python -m compileall -q oms orders risk routing settlement
ENV OMS_HOME=/var/lib/oms PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=oms.settings
RUN useradd --system oms && install -d -o oms -m 0700 "$OMS_HOME"
USER oms
VOLUME /var/lib/oms
CMD ["python", "-m", "uvicorn", "oms.asgi:application", "--host", "0.0.0.0", "--port", "8000"]
