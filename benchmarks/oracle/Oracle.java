import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.hl7.fhir.r5.elementmodel.Manager.FhirFormat;
import org.hl7.fhir.utilities.npm.FilesystemPackageCacheManager;
import org.hl7.fhir.utilities.settings.FhirSettings;
import org.hl7.fhir.utilities.validation.ValidationMessage;
import org.hl7.fhir.validation.IgLoader;
import org.hl7.fhir.validation.ValidationEngine;

/**
 * The reference validator as a filter: one resource per line in, one JSON object per line out.
 *
 * <p>Arguments: the package cache's folder, then the packages to load (name#version). The first line written is
 * {"ready": milliseconds}; each later one {"nanoseconds": n, "issues": [[severity, message id, path, text], …]}.
 */
public final class Oracle {
  private Oracle() {}

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    FhirSettings.setProhibitNetworkAccess(true);
    long started = System.nanoTime();
    ValidationEngine engine = engine(arguments);
    out.println("{\"ready\": " + (System.nanoTime() - started) / 1_000_000 + "}");
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(judged(engine, line));
    }
  }

  private static ValidationEngine engine(String[] arguments) throws Exception {
    FilesystemPackageCacheManager cache =
        new FilesystemPackageCacheManager.Builder().withCacheFolder(arguments[0]).withPackageServers(List.of()).build();
    ValidationEngine engine =
        new ValidationEngine.ValidationEngineBuilder()
            .withVersion("4.0.1")
            .withCanRunWithoutTerminologyServer(true)
            .withNoTerminologyServer()
            .fromSource("hl7.fhir.r4.core#4.0.1");
    engine.setPcm(cache);
    engine.setLocale(Locale.ENGLISH);
    engine.setAnyExtensionsAllowed(true);
    engine.setAssumeValidRestReferences(true);
    engine.setAllowExampleUrls(true);
    IgLoader loader = new IgLoader(cache, engine.getContext(), engine.getVersion());
    for (int index = 1; index < arguments.length; index++) {
      loader.loadIg(engine.getIgs(), engine.getBinaries(), arguments[index], false);
    }
    engine.prepare();
    return engine;
  }

  private static String judged(ValidationEngine engine, String line) {
    List<ValidationMessage> messages = new ArrayList<>();
    long started = System.nanoTime();
    try {
      engine.validate(line.getBytes(StandardCharsets.UTF_8), FhirFormat.JSON, new ArrayList<>(), messages);
    } catch (Exception | LinkageError | StackOverflowError trouble) {
      return "{\"nanoseconds\": 0, \"trouble\": " + quoted(String.valueOf(trouble)) + ", \"issues\": []}";
    }
    long taken = System.nanoTime() - started;
    StringBuilder found = new StringBuilder("{\"nanoseconds\": " + taken + ", \"issues\": [");
    for (ValidationMessage one : messages) {
      found.append(found.charAt(found.length() - 1) == '[' ? "" : ", ");
      found.append('[').append(quoted(one.getLevel().toCode())).append(", ");
      found.append(quoted(one.getMessageId())).append(", ").append(quoted(one.getLocation())).append(", ");
      found.append(quoted(one.getMessage())).append(']');
    }
    return found.append("]}").toString();
  }

  private static String quoted(String text) {
    StringBuilder found = new StringBuilder("\"");
    for (char character : String.valueOf(text).toCharArray()) {
      if (character == '"' || character == '\\') {
        found.append('\\').append(character);
      } else if (character < 0x20) {
        found.append(String.format("\\u%04x", (int) character));
      } else {
        found.append(character);
      }
    }
    return found.append('"').toString();
  }
}
